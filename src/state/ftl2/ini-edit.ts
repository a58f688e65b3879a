import type { InventoryChange, Values } from './host.ts';
import { iniLines, variablesOf, wordsOf, type HostLine } from './ini.ts';
import { iniWord } from './inventory-text.ts';

/** An inventory in INI form with a host added, changed or taken out. Every other line stays as it is. */
export function editIni(text: string, name: string, change: InventoryChange): string | undefined {
  const { groups, set, unset } = change;
  const lines = iniLines(text);
  const holding = lines.filter((each): each is HostLine => each.kind === 'host' && each.pattern === name);
  const staying = groups ? holding.filter(({ group }) => groups.includes(group)) : holding;
  const joining = (groups ?? []).filter(each => !staying.some(({ group }) => group === each));
  if (holding.length + joining.length === 0) return undefined;

  const standing = new Set(staying.flatMap(each => Object.keys(variablesOf(each))));
  const kept = lines.map(each => {
    if (each.kind !== 'host' || each.pattern !== name) return each.line;
    if (!staying.includes(each)) return '';
    const own = variablesOf(each);
    const here = Object.entries(set).filter(([variable]) =>
      standing.has(variable) ? Object.hasOwn(own, variable) : each === staying[0],
    );
    return changed(each, Object.fromEntries(here), unset);
  });
  const lineEnd = text.includes('\r\n') ? '\r\n' : '\n';
  const added = staying.length > 0 ? name : changed(moved(name, holding), set, unset);
  return joining.reduce((result, group) => withLine(result, group, added, lineEnd), kept.join(''));
}

/** One line that says what several lines of a host say. */
function moved(name: string, lines: readonly HostLine[]): HostLine {
  const said = lines.flatMap(({ port, words, line }) => [
    ...(port === undefined ? [] : [`ansible_port=${port}`]),
    ...words.slice(1).map(({ from, to }) => line.slice(from, to)),
  ]);
  const line = [name, ...said].join(' ');
  return { kind: 'host', group: '', line, pattern: name, words: wordsOf(line) };
}

/** The line of a host with variables set and taken away. Its port may stand behind its name. */
function changed({ line, pattern, port, words }: HostLine, set: Values, unset: readonly string[]): string {
  const first = words[0] ?? { from: 0, to: 0 };
  const others = words.slice(1).map(word => ({ ...word, name: word.text.split('=', 1)[0] ?? '' }));
  const isMoved =
    port !== undefined && (unset.includes('ansible_port') || Object.hasOwn(set, 'ansible_port'));
  let result = isMoved ? `${line.slice(0, first.from)}${pattern}` : line.slice(0, first.to);
  let done = first.to;
  for (const { name, from, to } of others) {
    if (Object.hasOwn(set, name)) result += `${line.slice(done, from)}${name}=${iniWord(set[name] ?? null)}`;
    else if (!unset.includes(name)) result += line.slice(done, to);
    done = to;
  }
  const missing = Object.entries(set).filter(([name]) => !others.some(word => word.name === name));
  return result + missing.map(([name, value]) => ` ${name}=${iniWord(value)}`).join('') + line.slice(done);
}

/** The text with the line of a host behind those of its group. */
function withLine(text: string, group: string, line: string, lineEnd: string): string {
  const lines = iniLines(text);
  const last = lines.findLastIndex(
    each => each.group === group && (each.kind === 'host' || each.kind === 'section'),
  );
  const header = lines.findIndex(each => each.line.trimStart().startsWith('['));
  if (last < 0 && group !== 'ungrouped') {
    const gap = text === '' ? '' : lineEnd;
    return `${ended(text, lineEnd)}${gap}[${group}]${lineEnd}${line}${lineEnd}`;
  }
  // Hosts of no group stand in front of the first section.
  const at = last >= 0 ? last + 1 : header >= 0 ? header : lines.length;
  const [before = '', after = ''] = [lines.slice(0, at), lines.slice(at)].map(part =>
    part.map(each => each.line).join(''),
  );
  return `${ended(before, lineEnd)}${line}${lineEnd}${after}`;
}

function ended(text: string, lineEnd: string): string {
  return text === '' || text.endsWith('\n') ? text : text + lineEnd;
}
