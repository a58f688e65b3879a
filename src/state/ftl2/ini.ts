import type { Groups } from './groups.ts';

const SECTION = /^\[([^\]:]+)(?::(children|vars))?\]\s*(?:[#;].*)?$/;
const WORDS = /(?:[^\s"']+|"[^"]*"|'[^']*')+/g;

/** Reads an inventory in INI form: hosts by section, `[group:children]` and `[group:vars]`. */
export function readIni(text: string, groups: Groups): void {
  let group = 'ungrouped';
  let kind = 'hosts';
  for (const [index, each] of text.split('\n').entries()) {
    const line = each.trim();
    if (line === '' || line.startsWith('#') || line.startsWith(';')) continue;
    const section = SECTION.exec(line);
    if (section) [, group = group, kind = 'hosts'] = section;
    else if (kind === 'children') groups.addChild(group, line);
    else if (kind === 'vars') groups.addVariables(group, assignment(line));
    else readHost(line, group, groups, index + 1);
  }
}

function readHost(line: string, group: string, groups: Groups, at: number): void {
  const words = line.match(WORDS) ?? [];
  const comment = words.findIndex(word => word.startsWith('#'));
  const [name = '', ...assignments] = comment < 0 ? words : words.slice(0, comment);
  // `name:port`; ranges and IPv6 addresses have their colons in brackets.
  const [, pattern = name, port] = /^([^:[\]]*(?:\[[^\]]*\][^:[\]]*)*):(\d+)$/.exec(name) ?? [];
  const variables = assignments.map(assignment);
  groups.addHost(group, pattern, Object.assign({}, port && { ansible_port: Number(port) }, ...variables), at);
}

function assignment(text: string): Readonly<Record<string, string | number>> {
  const [, name = '', value = ''] = /^([^=]*?)\s*=\s*(.*)$/.exec(text) ?? [];
  if (name === '') return {};
  const bare = value.replace(/^(["'])(.*)\1$/, '$2');
  return { [name]: /^(?:0|[1-9]\d{0,14})$/.test(bare) ? Number(bare) : bare };
}
