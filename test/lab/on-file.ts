import { existsSync, watch } from 'node:fs';
import path from 'node:path';

/**
 * Calls back once, when a file is made or changed the next time. Where its folder is missing, the nearest that exists is
 * watched until there is a nearer one.
 */
export function onFile(file: string, callback: () => void): void {
  let folder = path.dirname(file);
  while (!existsSync(folder)) folder = path.dirname(folder);
  const next = path.relative(folder, file).split(path.sep)[0] ?? '';
  const isLast = path.join(folder, next) === file;
  const there = isLast && existsSync(file);
  const watcher = watch(folder, { persistent: false }, (_event, name) => {
    if (name === next) arrived();
  });
  const arrived = (): void => {
    watcher.close();
    if (isLast) callback();
    else if (existsSync(file)) callback();
    else onFile(file, callback);
  };
  if (!there && existsSync(path.join(folder, next))) arrived(); // made before the watching began
}
