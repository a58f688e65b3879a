/** Files to and from a server: whole, unchanged and under their name only when that is proven, or not at all. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { PassThrough } from 'node:stream';
import { replaceFile } from '../base/aside.ts';
import { clean, say } from '../base/clean.ts';
import { told, UserError } from '../base/errors.ts';
import type { Connection } from './connection.ts';

/** What is sent: bytes, or a file of this machine, which keeps its mode. */
export type Sent = { readonly file: string } | { readonly bytes: Uint8Array; readonly mode: number };

export interface Transferred {
  readonly sha256: string;
}

/** Puts a file at an absolute path of a server, in place of the one that is there. Its folder has to be there. */
export async function upload(
  server: Connection,
  sent: Sent,
  target: string,
  signal: AbortSignal,
): Promise<Transferred> {
  const mode = 'file' in sent ? (await told(sent.file, () => stat(sent.file))).mode : sent.mode;
  const sha256 = await digest(sent);
  const { code, errors } = await server.run(UPLOAD, [target, sha256, (mode & 0o7777).toString(8)], {
    stdin: 'file' in sent ? createReadStream(sent.file) : sent.bytes,
    signal,
  });
  if (code !== 0) throw notTransferred(server, target, code, errors);
  return { sha256 };
}

/** Brings a file of a server here, in place of the one that is here, with the mode it has there. */
export async function download(
  server: Connection,
  source: string,
  file: string,
  outer: AbortSignal,
): Promise<Transferred> {
  const stopped = new AbortController();
  const signal = AbortSignal.any([outer, stopped.signal]);
  const body = new PassThrough();
  let errors = '';
  const sending = server
    .run(DOWNLOAD, [source], {
      signal,
      onOutput: async (stream, chunk) => {
        if (stream === 'err') errors = `${errors}${chunk.toString()}`.slice(-2_000);
        else if (!body.write(chunk)) await once(body, 'drain', { signal });
      },
    })
    .then(({ code }) => {
      if (code !== 0) throw notTransferred(server, source, code, errors);
      body.end();
    });
  sending.catch((error: unknown) => body.destroy(error as Error)); // nothing else is thrown
  try {
    const [{ mode, sha256 }, rest] = await headOf(body);
    await replaceFile(
      file,
      checked(rest, sha256, () => notTransferred(server, source, CHANGED, '')),
      mode,
    );
    await sending;
    return { sha256 };
  } finally {
    stopped.abort();
  }
}

async function digest(sent: Sent): Promise<string> {
  if ('bytes' in sent) return createHash('sha256').update(sent.bytes).digest('hex');
  const hash = createHash('sha256');
  await told(sent.file, async () => {
    for await (const chunk of createReadStream(sent.file)) hash.update(chunk as Buffer); // no encoding was set
  });
  return hash.digest('hex');
}

/** The line in front of the content, and the content. */
async function headOf(
  body: AsyncIterable<Buffer>,
): Promise<readonly [{ readonly mode: number; readonly sha256: string }, AsyncIterable<Buffer>]> {
  const chunks = body[Symbol.asyncIterator]();
  let read = Buffer.alloc(0);
  let end = -1;
  while (end < 0) {
    const next = await chunks.next();
    if (next.done === true) throw new Error('The content has no head');
    read = Buffer.concat([read, next.value]);
    end = read.indexOf('\n');
  }
  const [mode = '', sha256 = ''] = read.toString('latin1', 0, end).split(' ');
  async function* rest(): AsyncGenerator<Buffer> {
    yield read.subarray(end + 1);
    yield* { [Symbol.asyncIterator]: () => chunks };
  }
  return [{ mode: parseInt(mode, 8) & 0o777, sha256 }, rest()];
}

/** The same, and at its end the failure where it was not what was announced. */
async function* checked(
  content: AsyncIterable<Buffer>,
  sha256: string,
  failure: () => Error,
): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  for await (const chunk of content) {
    hash.update(chunk);
    yield chunk;
  }
  if (hash.digest('hex') !== sha256) throw failure();
}

const NO_FILE = 66;
const CHANGED = 67;

/**
 * $1 where it goes, $2 its digest, $3 its mode. The name it has meanwhile begins with a dot, because programs read whatever
 * else lies in folders such as /etc/cron.d.
 */
const UPLOAD = `set -eu
umask 077
[ ! -d "$1" ] || exit ${NO_FILE}
new=$(mktemp "\${1%/*}/.\${1##*/}.XXXXXX")
trap 'rm -f "$new"' EXIT
trap 'exit 1' HUP INT TERM PIPE
cat >"$new"
sum=$(sha256sum <"$new")
[ "\${sum%% *}" = "$2" ] || exit ${CHANGED}
chmod "$3" "$new"
sync "$new" 2>/dev/null || sync
mv -f "$new" "$1"`;

/** $1 the file. A file that is written meanwhile does not have the digest any more when it arrives. */
const DOWNLOAD = `set -eu
[ -f "$1" ] || exit ${NO_FILE}
sum=$(sha256sum <"$1")
echo "$(stat -L -c %a "$1") \${sum%% *}"
cat <"$1"`;

function notTransferred(
  { where }: Connection,
  file: string,
  code: number | undefined,
  errors: string,
): UserError {
  const what =
    code === NO_FILE
      ? say('What stands there is no file.')
      : code === CHANGED
        ? say('It was changed on its way, or while it was read.')
        : say('The server could not do it: {0}', clean(errors.trim().split('\n').at(-1) ?? ''));
  return new UserError('not-transferred', {
    what,
    where: `${where}:${file}`,
    next: say('The file that was there before is still there. Try again.'),
  });
}
