import { MASK, type Clean } from '../base/clean.ts';

/** A machine as it is named here. What is not said, the SSH configuration says. */
export interface Target {
  /** A name of the SSH configuration, a host name or an address. */
  readonly host: string;
  readonly port?: number;
  readonly user?: string;
  readonly identityFile?: string;
  /** What is shown of it instead, where its address or account is not to be seen. */
  readonly label?: Clean;
  /** It is this machine itself, which nothing is connected to. */
  readonly isHere?: boolean;
}

/** What the settings say about a server, found by its name or its address. */
export type ServerSettings = Readonly<Record<string, Partial<Target>>>;

/** What is recorded about a server. */
export interface Recorded {
  readonly name: string;
  readonly address?: string;
  readonly port?: number;
  readonly user?: string;
  readonly identityFile?: string;
}

/**
 * Where to reach a server that is recorded somewhere; `undefined` where only the name of a variable is known.
 * Settings come before what is recorded: a person wrote them for this machine.
 */
export function targetOf(server: Recorded, settings: ServerSettings = {}): Target | undefined {
  const { name, address = name } = server;
  const own = { ...settingsOf(settings, address), ...settingsOf(settings, name) };
  const host = own.host ?? address;
  const port = own.port ?? server.port;
  const user = own.user ?? server.user;
  const identityFile = own.identityFile ?? server.identityFile;
  if (host === '' || [host, user].some(each => each !== undefined && UNKNOWN.test(each))) return undefined;
  return {
    host,
    // Tools write 0 for "not set".
    ...(port !== undefined && port !== 0 && { port }),
    ...(user !== undefined && user !== '' && { user }),
    ...(identityFile !== undefined && { identityFile }),
  };
}

/** A variable of Tako, an expression of Ansible, a secret. */
const UNKNOWN = new RegExp(`\\$\\{|\\{\\{|${MASK}`);

function settingsOf(settings: ServerSettings, name: string): Partial<Target> {
  return Object.hasOwn(settings, name) ? (settings[name] ?? {}) : {};
}

/** Equal for targets that are written alike. */
export function targetKey({ host, port, user, identityFile, label }: Target): string {
  return JSON.stringify([host, port, user, identityFile, label]);
}
