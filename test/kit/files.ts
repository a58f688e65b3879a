import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Files by their path below a folder. A path that ends in `/` is an empty folder. */
export type Files = Readonly<Record<string, FileBody>>;

/** The text of a file, or more about it. */
export type FileBody =
  string | Uint8Array | { readonly text: string; readonly mode: number } | { readonly link: string };

/** Writes files below a folder and makes the folders on the way. */
export function writeFiles(folder: string, files: Files): void {
  const made = new Set<string>();
  for (const [name, body] of Object.entries(files)) {
    const file = path.join(folder, name);
    const parent = name.endsWith('/') ? file : path.dirname(file);
    if (!made.has(parent)) mkdirSync(parent, { recursive: true });
    made.add(parent);
    if (!name.endsWith('/')) writeBody(file, body);
  }
}

/** The same files in a folder below. */
export function below(folder: string, files: Files): Files {
  return Object.fromEntries(Object.entries(files).map(([name, body]) => [`${folder}/${name}`, body]));
}

function writeBody(file: string, body: FileBody): void {
  if (typeof body === 'string' || body instanceof Uint8Array) {
    writeFileSync(file, body);
  } else if ('link' in body) {
    symlinkSync(body.link, file);
  } else {
    writeFileSync(file, body.text);
    chmodSync(file, body.mode); // the mode given to writeFile is reduced by the umask
  }
}
