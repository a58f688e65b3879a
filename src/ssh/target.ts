/** A machine as it is named here. What is not said, the SSH configuration says. */
export interface Target {
  /** A name of the SSH configuration, a host name or an address. */
  readonly host: string;
  readonly port?: number;
  readonly user?: string;
  readonly identityFile?: string;
}

/** What the settings say about a server, found by its name or its address. */
export type ServerSettings = Readonly<Record<string, Partial<Target>>>;

/** What is recorded about a server. */
export interface Recorded {
  readonly name: string;
  readonly address?: string;
  readonly port?: number;
  readonly user?: string;
}

/**
 * Where to reach a server that is recorded somewhere; `undefined` where its address is only known as the name of a variable.
 * Settings come before what is recorded: a person wrote them for this machine.
 */
export function targetOf(server: Recorded, settings: ServerSettings = {}): Target | undefined {
  const { name, address = name } = server;
  const own = { ...settingsOf(settings, address), ...settingsOf(settings, name) };
  const host = own.host ?? address;
  if (host === '' || host.includes('${')) return undefined;
  const port = own.port ?? server.port;
  const user = own.user ?? server.user;
  return {
    host,
    // Tools write 0 for "not set".
    ...(port !== undefined && port !== 0 && { port }),
    ...(user !== undefined && user !== '' && { user }),
    ...(own.identityFile !== undefined && { identityFile: own.identityFile }),
  };
}

function settingsOf(settings: ServerSettings, name: string): Partial<Target> {
  return Object.hasOwn(settings, name) ? (settings[name] ?? {}) : {};
}

/** Equal for targets that are written alike. */
export function targetKey({ host, port, user, identityFile }: Target): string {
  return JSON.stringify([host, port, user, identityFile]);
}
