import { clean, join, say, type Clean } from '../base/clean.ts';
import { UserError } from '../base/errors.ts';
import type { HostConfig } from './config.ts';

/** Why a server cannot be reached: what, where, and what to do next. */
export function cannotConnect(error: unknown, where: Clean, config: HostConfig): unknown {
  if (error instanceof UserError || !(error instanceof Error) || error.name === 'AbortError') return error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const atJump = /Channel open failure: (.*)/.exec(error.message)?.[1];
  const hidden = config.label === undefined ? [] : [config.host];
  const [what, next] = SOCKET[code]?.(config.label ?? clean(config.host)) ?? [
    atJump === undefined
      ? say('The connection failed: {0}', clean(error.message, undefined, hidden))
      : say('The jump host could not connect to it: {0}', clean(atJump, undefined, hidden)),
    say('Try {0} in a terminal: it says more.', say('ssh -v')),
  ];
  return new UserError(
    'unreachable',
    { what, where, next: join([next, ignoredWords(config)], ' ') },
    { cause: error },
  );
}

const tryAgain = (): Clean => say('Check the network and the address, and try again.');

const SOCKET: Readonly<Partial<Record<string, (host: Clean) => readonly [what: Clean, next: Clean]>>> = {
  ECONNREFUSED: () => [
    say('Nothing answers on that port.'),
    say('Check that sshd runs there, and that the port is right.'),
  ],
  ENOTFOUND: host => [say('The name {0} is not known.', host), say('Check the name, or your network.')],
  EAI_AGAIN: host => [say('The name {0} could not be looked up.', host), tryAgain()],
  EHOSTUNREACH: () => [say('There is no way to it from here.'), tryAgain()],
  ENETUNREACH: () => [say('There is no way to it from here.'), tryAgain()],
  ETIMEDOUT: () => [say('It does not answer.'), tryAgain()],
  ECONNRESET: () => [say('It cut the connection before anybody could log in.'), tryAgain()],
};

export function noAnswer(where: Clean, milliseconds: number): UserError {
  return new UserError('unreachable', {
    what: say('It did not answer within {0} seconds.', milliseconds / 1_000),
    where,
    next: tryAgain(),
  });
}

/** It let somebody log in, and runs nothing: as one that is just stopping, or that has too many sessions. */
export function noSession(where: Clean, error: unknown): UserError {
  const why = clean(error instanceof Error ? error.message : String(error));
  return new UserError(
    'unreachable',
    { what: say('It opens no session: {0}', why), where, next: tryAgain() },
    { cause: error },
  );
}

/** `looked` says where keys were looked for and what was found. `here`: which machine this is. */
export function notLoggedIn(
  where: Clean,
  { looked, config, here }: { readonly looked: Clean; readonly config: HostConfig; readonly here: Clean },
): UserError {
  return new UserError('not-logged-in', {
    what: say('No usable key {0}: it looked in {1}.', here, looked),
    where,
    next: join(
      [
        say('Add a key that the server accepts, or check the user name.'),
        config.certificate ? say('A certificate is configured, which is not supported here.') : undefined,
        ignoredWords(config),
      ],
      ' ',
    ),
  });
}

function ignoredWords({ ignored }: HostConfig): Clean | undefined {
  return ignored.length === 0
    ? undefined
    : say(
        'There is no ssh program here, so {0} in the SSH configuration was not followed.',
        clean(ignored.join(', ')),
      );
}

export function notSupported(where: Clean, keywords: readonly string[]): UserError {
  return new UserError('ssh-config', {
    what: say('The SSH configuration asks for {0}, which is not supported here.', clean(keywords.join(', '))),
    where,
    next: say('Nothing was connected. Use ProxyJump instead of ProxyCommand, or a terminal for this server.'),
  });
}

export function notTrusted(where: string): UserError {
  return new UserError('not-trusted', {
    what: say('Servers are not asked from a workspace that is not trusted.'),
    where,
    next: say('Trust the workspace first.'),
  });
}

export function jumpLoop(where: Clean): UserError {
  return new UserError('ssh-config', {
    what: say('The jump hosts in the SSH configuration lead in a circle.'),
    where,
    next: say('Correct ProxyJump and try again.'),
  });
}

/** Whether what was running has ended, nobody can tell from here. */
export function lost(where: Clean, why: Error | undefined): UserError {
  return new UserError(
    'connection-lost',
    {
      what: why ? say('The connection was lost ({0}).', clean(why.message)) : say('The connection was lost.'),
      where,
      next: say('What was running there may still run. Look before you try again.'),
    },
    { cause: why },
  );
}
