/** Whether an environment is production, by its name. */
export type IsProduction = (environment: string) => boolean;

/** By the patterns of the setting, in which `*` stands for anything. Case does not matter. */
export function productionBy(patterns: readonly string[]): IsProduction {
  const wanted = patterns.map(pattern => pattern.trim().toLowerCase());
  return environment => wanted.some(pattern => matches(pattern, environment.toLowerCase()));
}

// No regular expression: a pattern of many stars could make it slow.
function matches(pattern: string, name: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) return name === first;
  if (!name.startsWith(first)) return false;
  let end = first.length;
  for (const part of rest) {
    const start = name.indexOf(part, end);
    if (start === -1) return false;
    end = start + part.length;
  }
  return name.length - last.length >= end && name.endsWith(last);
}
