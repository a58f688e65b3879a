/** What was deployed to a server from an editor, and who holds it there, as scripts tell it. */
import { clean, say } from '../base/clean.ts';
import { Fields } from '../base/fields.ts';
import { parseJson } from '../base/json.ts';
import type { Instant } from '../base/time.ts';
import type { DeployedThere, DeployHold } from '../state/observed.ts';
import type { Lines } from './lines.ts';

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/** Environments with their releases and holders. */
export function deployedIn(lines: Lines, at: Instant): readonly DeployedThere[] {
  const holds = new Map(
    lines.all('hold').map(line => {
      const space = line.indexOf(' ');
      return [line.slice(0, space), holdIn(line.slice(space + 1), at)] as const;
    }),
  );
  return lines.all('deployed').flatMap(line => {
    const [name = '', ...releases] = line.split(' ');
    const [project, environment, ...more] = name.split('/');
    if (project === undefined || environment === undefined || more.length > 0) return [];
    const hold = holds.get(name);
    return [
      {
        project: clean(project),
        environment: clean(environment),
        releases: releases.filter(each => NAME.test(each)).map(each => clean(each)),
        ...(hold && { hold }),
      },
    ];
  });
}

/** Seconds since 1970, some centuries on. */
const FAR = 1e11;

/**
 * What a script says in one line: the time there, when the file of the holder was touched, whether a script of it is at work,
 * and that file in base64: a token, since when and for how many seconds without a sign of life, and who. `at`: the time here.
 */
export function holdIn(line: string, at: Instant): DeployHold | undefined {
  const [now = NaN, touched = NaN] = line.split(' ').map(Number);
  const [, , busy, content = ''] = line.split(' ');
  const [token = '', times = '', who = ''] = Buffer.from(content, 'base64').toString().split('\n');
  const [since = NaN, lease = NaN] = times.split(' ').map(Number);
  const parsed = parseJson(who);
  const about = parsed.ok ? Fields.of(parsed.value) : undefined;
  // Whatever is no token of ours holds nothing; neither do times that no clock shows.
  if (!/^[0-9a-f]{1,64}$/.test(token)) return undefined;
  if (![now, touched, since, lease].every(each => each >= 0 && each < FAR)) return undefined;
  const here = (there: number): Instant => at + (there - now) * 1000;
  const lastSign = busy === 'yes' ? now : Math.min(touched, now);
  const release = about?.text('release');
  return {
    token,
    by: about?.text('by') ?? say('somebody'),
    operation: about?.text('operation') ?? say('unknown'),
    ...(release !== undefined && { release }),
    since: here(since),
    lastSign: here(lastSign),
    until: here(lastSign + lease),
    isOver: lastSign + lease < now,
  };
}
