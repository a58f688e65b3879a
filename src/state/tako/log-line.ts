/** A line of a log as Tako and we write it: `[time] text`. The text is empty where the time stands alone. */
export function timedLine(line: string): { readonly time: string; readonly text: string } | undefined {
  const [, time, text = ''] = /^\[([^\]\n]{10,40})\] (.*)$/.exec(line) ?? [];
  return time === undefined ? undefined : { time, text };
}

/** What a line tells of a phase: `phase <name> started|completed|failed|skipped`. */
export function phaseIn(text: string): { readonly name: string; readonly status: string } | undefined {
  const [, name, status] = /^phase (\S{1,60}) (\S{1,30})\s*$/.exec(text) ?? [];
  return name === undefined || status === undefined ? undefined : { name, status };
}

/** The environment that a line says is deployed to. */
export function environmentIn(text: string): string | undefined {
  return /\bdeployment to (\S{1,200})$/.exec(text)?.[1];
}
