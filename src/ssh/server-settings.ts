import type { ServerSettings, Target } from './target.ts';

/** What the settings say about servers, by name or address. What is not of the form that they have is passed over. */
export function serverSettingsOf(setting: unknown): ServerSettings {
  return Object.fromEntries(
    Object.entries(record(setting)).map(([name, value]) => [name, targetOf(record(value))] as const),
  );
}

function targetOf({ host, port, user, identityFile }: Readonly<Record<string, unknown>>): Partial<Target> {
  return {
    ...(isText(host) && { host }),
    ...(Number.isInteger(port) && { port: port as number }), // it was looked at
    ...(isText(user) && { user }),
    ...(isText(identityFile) && { identityFile }),
  };
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
