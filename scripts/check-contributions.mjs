// node scripts/check-contributions.mjs   finds what the manifest promises and does not keep
import { readManifest } from './manifest.mjs';

const { commands, menus, keysUsed, words } = readManifest();
const contributed = new Set(commands.map(({ command }) => command));
const titles = commands.map(({ title }) => title);

const problems = [
  ...[...keysUsed].filter(key => !(key in words)).map(key => `package.nls.json lacks ${key}`),
  ...Object.keys(words)
    .filter(key => !keysUsed.has(key))
    .map(key => `nothing uses ${key} of package.nls.json`),
  ...commands
    .filter(({ title, category }) => !title || !category)
    .map(({ command }) => `${command} needs a title and a category`),
  ...titles
    .filter((title, index) => titles.indexOf(title) !== index)
    .map(title => `two commands are called “${title}”`),
  ...Object.entries(menus).flatMap(([menu, entries]) =>
    entries
      .filter(({ command }) => command?.startsWith('shipshape.') && !contributed.has(command))
      .map(({ command }) => `${menu} names ${command}, which is not contributed`),
  ),
];

if (problems.length > 0) {
  console.log(problems.join('\n'));
  process.exitCode = 1;
}
