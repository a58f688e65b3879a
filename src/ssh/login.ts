import type { AnyAuthMethod, AuthenticationType, AuthHandlerMiddleware, Prompt } from 'ssh2';
import { clean, type Clean } from '../base/clean.ts';
import type { HostConfig } from './config.ts';
import type { Keyring } from './keyring.ts';
import type { Asking } from './prompts.ts';

/** As often as OpenSSH asks for a password. */
const TRIES = 3;

/**
 * What to log in with, one after the other: keys, then what a person is asked for, as long as the server takes it. After a
 * success that is not enough the server says what it wants besides.
 */
export function loginWith({
  where,
  config: { user: username, methods },
  keyring,
  asking: { prompts, during },
  signal,
}: {
  readonly where: Clean;
  readonly config: HostConfig;
  readonly keyring: Keyring;
  readonly asking: Asking;
  readonly signal: AbortSignal;
}): AuthHandlerMiddleware {
  const left = new Map<AuthenticationType, number>([
    ['publickey', methods.has('publickey') && !keyring.isEmpty ? 1 : 0],
    ['none', 1],
    ['keyboard-interactive', methods.has('keyboard-interactive') ? TRIES : 0],
    ['password', methods.has('password') ? TRIES : 0],
  ]);

  async function next(
    accepted: readonly AuthenticationType[] | null,
    partial: boolean,
  ): Promise<AnyAuthMethod | undefined> {
    for (const [type, tries] of left) {
      // No server names `none`. Before its first answer nobody knows what it takes.
      const taken = type === 'none' ? !partial : (accepted?.includes(type) ?? true);
      if (tries === 0 || !taken) continue;
      left.set(type, tries - 1);
      if (type === 'none') return { type, username };
      if (type === 'publickey') return { type: 'agent', username, agent: keyring };
      if (type === 'keyboard-interactive') return { type, username, prompt };
      const password = await ask(PASSWORD);
      if (password !== undefined) return { type: 'password', username, password };
      left.set(type, 0);
    }
    return undefined;
  }

  function ask({ prompt: text, echo }: Prompt): Promise<string | undefined> {
    return during(prompts.answer(where, { text: clean(text), secret: echo !== true }, signal));
  }

  async function answers(questions: readonly Prompt[]): Promise<string[]> {
    const given: string[] = [];
    for (const question of questions) {
      const answer = await ask(question);
      if (answer === undefined) {
        left.set('keyboard-interactive', 0);
        return questions.map(() => ''); // the protocol knows no way to say "not now"
      }
      given.push(answer);
    }
    return given;
  }

  function prompt(
    _n: string,
    _i: string,
    _l: string,
    questions: Prompt[],
    finish: (given: string[]) => void,
  ) {
    answers(questions).then(finish, () => finish(questions.map(() => '')));
  }

  return (accepted, partial, done) => {
    next(accepted as readonly AuthenticationType[] | null, partial).then(
      // The types do not know that `false` ends it.
      method => done(method ?? (false as unknown as AnyAuthMethod)),
      () => done(false as unknown as AnyAuthMethod),
    );
  };
}

const PASSWORD: Prompt = { prompt: 'Password' };
