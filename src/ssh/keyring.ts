import ssh2, { type ParsedKey } from 'ssh2';
import { join, say, type Clean } from '../base/clean.ts';
import type { HostConfig } from './config.ts';
import type { Asking } from './prompts.ts';
import { KeyFile, parsed, type Unlocked } from './key-file.ts';

type Hash = ssh2.SigningRequestOptions['hash'];

/** A key that can be tried: its public part, and who signs with it. */
interface Identity {
  readonly key: ParsedKey;
  readonly sign: (data: Buffer, hash: Hash) => Promise<Buffer>;
}

/**
 * The keys for one server, in OpenSSH's order: those of the agent that the configuration names, the others of the agent, files.
 * To the library it is an agent, so a passphrase is only asked for when the server wants that very key.
 */
export class Keyring extends ssh2.BaseAgent<ParsedKey> {
  readonly #identities: readonly Identity[];
  /** Where keys were looked for and what was found. */
  readonly looked: Clean;

  private constructor(identities: readonly Identity[], looked: Clean) {
    super();
    this.#identities = identities;
    this.looked = looked;
  }

  static async open(
    config: HostConfig,
    unlocked: Unlocked,
    asking: Asking,
    signal: AbortSignal,
  ): Promise<Keyring> {
    const { agent: agentPath, identityFiles, onlyIdentityFiles } = config;
    const [held, files] = await Promise.all([
      agentPath === undefined ? undefined : keysOf(ssh2.createAgent(agentPath)),
      Promise.all(identityFiles.map(file => KeyFile.open(file, unlocked))),
    ]);
    const ofAgent = held ?? [];
    const named = ofAgent.filter(({ key }) => files.some(file => file.isFor(key)));
    const others = onlyIdentityFiles ? [] : ofAgent.filter(each => !named.includes(each));
    const ofFiles = files.flatMap((file): Identity[] => {
      const key = file.publicKey;
      if (!key || !file.canSign || named.some(each => each.key.equals(key))) return [];
      return [{ key, sign: (data, hash) => file.sign(data, hash, asking, signal) }];
    });
    const agentWords =
      agentPath === undefined
        ? say('no agent')
        : held
          ? agentCount(held.length)
          : say('the agent, which does not answer');
    const looked = join([...files.map(file => file.words), agentWords], ', ');
    return new Keyring([...named, ...others, ...ofFiles], looked);
  }

  get isEmpty(): boolean {
    return this.#identities.length === 0;
  }

  override getIdentities(done: (error?: Error | null, keys?: ParsedKey[]) => void): void {
    done(
      null,
      this.#identities.map(({ key }) => key),
    );
  }

  override sign(
    key: ParsedKey,
    data: Buffer,
    options: ssh2.SigningRequestOptions | ((error?: Error | null, signature?: Buffer) => void),
    done: (error?: Error | null, signature?: Buffer) => void = () => undefined,
  ): void {
    const [hash, answer] = typeof options === 'function' ? [undefined, options] : [options.hash, done];
    const identity = this.#identities.find(each => each.key.equals(key));
    if (!identity) {
      answer(new Error('no such key'));
      return;
    }
    identity.sign(data, hash).then(
      signature => answer(null, signature),
      (error: unknown) => answer(error instanceof Error ? error : new Error(String(error))),
    );
  }
}

function agentCount(count: number): Clean {
  return count === 1 ? say('the agent (1 key)') : say('the agent ({0} keys)', count);
}

/** The keys of an agent that can be used here; `undefined` when it does not answer. */
function keysOf(agent: ssh2.BaseAgent): Promise<readonly Identity[] | undefined> {
  return new Promise(resolve => {
    agent.getIdentities((error, keys = []) => {
      const usable = keys.flatMap(key => parsed(ssh2.utils.parseKey(key as Buffer)) ?? []);
      const identities = usable.map(key => ({ key, sign: signer(agent, key) }));
      resolve(error ? undefined : identities);
    });
  });
}

function signer(agent: ssh2.BaseAgent, key: ParsedKey): Identity['sign'] {
  return (data, hash) =>
    new Promise((resolve, reject) => {
      agent.sign(key, data, hash === undefined ? {} : { hash }, (error, signature) => {
        if (signature) resolve(signature);
        else reject(error ?? new Error('The agent did not sign'));
      });
    });
}
