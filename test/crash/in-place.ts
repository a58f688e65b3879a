/** Writes one text after the other over a file, as tools do that take no care: `node in-place.mjs <file> <texts as JSON>`. */
import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';

const [file = '', texts = ''] = process.argv.slice(2);
const PIECES = 4;

function sleep(most: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Math.random() * most);
}

process.stdout.write('writing\n');
for (;;) {
  for (const text of JSON.parse(texts) as readonly string[]) {
    const bytes = Buffer.from(text);
    const descriptor = openSync(file, 'r+');
    ftruncateSync(descriptor);
    sleep(2);
    const size = Math.ceil(bytes.length / PIECES);
    for (let at = 0; at < bytes.length; at += size) {
      writeSync(descriptor, bytes.subarray(at, at + size), 0, undefined, at);
      sleep(2);
    }
    closeSync(descriptor);
    sleep(4);
  }
}
