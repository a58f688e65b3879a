import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import ssh2, { type ParsedKey } from 'ssh2';
import { clean, say, type Clean } from '../base/clean.ts';
import { systemCode } from '../base/errors.ts';
import { home } from './settings.ts';
import type { Asking, Prompts } from './prompts.ts';
import { Shared } from './turns.ts';

/** Keys whose passphrase was given, by their file, until this process ends. */
export type Unlocked = Map<string, ParsedKey>;

/** As often as OpenSSH asks. */
const TRIES = 3;

/** What is being asked, or was refused, so that nobody is asked twice about one key. */
const asked = new WeakMap<Prompts, Map<string, Shared<ParsedKey | undefined>>>();

/** An identity file: a private key, or only the public part of one that an agent has. */
export class KeyFile {
  readonly file: string;
  readonly publicKey: ParsedKey | undefined;
  /** What was found there, in words. */
  readonly words: Clean;
  readonly #text: string | undefined;
  readonly #unlocked: Unlocked;

  private constructor(
    file: string,
    unlocked: Unlocked,
    {
      publicKey,
      text,
      state,
    }: { publicKey?: ParsedKey | undefined; text?: string | undefined; state?: Clean },
  ) {
    this.file = file;
    this.publicKey = publicKey;
    this.words = state ? say('{0} ({1})', shown(file), state) : shown(file);
    this.#text = text;
    this.#unlocked = unlocked;
  }

  static async open(file: string, unlocked: Unlocked): Promise<KeyFile> {
    const [own, beside] = await Promise.all([readKey(file), readKey(`${file}.pub`)]);
    const publicKey = [beside.text, own.text].map(publicPart).find(key => key !== undefined);
    if (own.refused) return new KeyFile(file, unlocked, { publicKey, state: own.refused });
    if (own.text === undefined) return new KeyFile(file, unlocked, { publicKey, state: say('not there') });
    if (!own.text.includes('PRIVATE KEY')) return new KeyFile(file, unlocked, { publicKey });
    if (publicKey) return new KeyFile(file, unlocked, { publicKey, text: own.text });
    const state = own.text.includes('ENCRYPTED')
      ? say('an old form; put its public part beside it with ssh-keygen -y')
      : say('of a type that is not supported here');
    return new KeyFile(file, unlocked, { state });
  }

  get canSign(): boolean {
    return this.#text !== undefined;
  }

  isFor(key: ParsedKey): boolean {
    return this.publicKey?.equals(key) ?? false;
  }

  async sign(data: Buffer, hash: string | undefined, asking: Asking, signal: AbortSignal): Promise<Buffer> {
    const key = await this.#privateKey(asking, signal);
    if (!key) throw new Error('The passphrase was not given');
    // A library of JavaScript's first years returns what others throw.
    const signature: unknown = key.sign(data, hash);
    if (!Buffer.isBuffer(signature)) throw signature as Error;
    return signature;
  }

  async #privateKey({ prompts, during }: Asking, signal: AbortSignal): Promise<ParsedKey | undefined> {
    const text = this.#text ?? '';
    const known = this.#unlocked.get(this.file) ?? privatePart(text);
    if (known) return known;
    const mine = asked.get(prompts) ?? new Map<string, Shared<ParsedKey | undefined>>();
    asked.set(prompts, mine);
    let question = mine.get(this.file);
    if (!question || question.abandoned) {
      question = new Shared(whileWaited => this.#ask(text, prompts, whileWaited));
      mine.set(this.file, question);
    }
    return during(question.wait(signal));
  }

  async #ask(text: string, prompts: Prompts, signal: AbortSignal): Promise<ParsedKey | undefined> {
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const passphrase = await prompts.passphrase(shown(this.file), attempt > 0, signal);
      if (passphrase === undefined) return undefined;
      const key = privatePart(text, passphrase);
      if (key) {
        this.#unlocked.set(this.file, key);
        return key;
      }
    }
    return undefined;
  }
}

/** The key, unless the library says why not: it returns an error instead of throwing it. */
export function parsed(key: ParsedKey | Error): ParsedKey | undefined {
  return key instanceof Error ? undefined : key;
}

function privatePart(text: string, passphrase?: string): ParsedKey | undefined {
  const key = parsed(ssh2.utils.parseKey(text, passphrase));
  return key?.isPrivateKey() ? key : undefined;
}

/** The public part of a key file; OpenSSH's own form has it in clear before what is encrypted. */
function publicPart(text: string | undefined): ParsedKey | undefined {
  if (text === undefined) return undefined;
  const whole = parsed(ssh2.utils.parseKey(text));
  if (whole) return whole;
  const body = /-----BEGIN OPENSSH PRIVATE KEY-----([^-]+)-----END/.exec(text)?.[1];
  const bytes = Buffer.from(body ?? '', 'base64');
  if (bytes.toString('latin1', 0, MAGIC.length) !== MAGIC) return undefined;
  let at = MAGIC.length;
  function part(): Buffer {
    const length = at + 4 <= bytes.length ? bytes.readUInt32BE(at) : 0;
    at += 4 + length;
    return bytes.subarray(at - length, at);
  }
  part(); // cipher
  part(); // key derivation
  part(); // its options
  at += 4; // how many keys: always one
  return parsed(ssh2.utils.parseKey(part()));
}

const MAGIC = 'openssh-key-v1\0';

async function readKey(file: string): Promise<{ readonly text?: string; readonly refused?: Clean }> {
  try {
    const { mode, uid } = await stat(file);
    const isOpen = process.platform !== 'win32' && uid === process.getuid?.() && (mode & 0o077) !== 0;
    const text = await readFile(file, 'utf8');
    // As OpenSSH does: a key that others can read is none.
    return isOpen && text.includes('PRIVATE KEY') ? { refused: say('others can read it') } : { text };
  } catch (error) {
    return systemCode(error) === 'ENOENT' ? {} : { refused: say('cannot be read') };
  }
}

function shown(file: string): Clean {
  const below = path.relative(home, file);
  return clean(below.startsWith('..') || path.isAbsolute(below) ? file : path.join('~', below));
}
