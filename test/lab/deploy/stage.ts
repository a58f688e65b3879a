/** Servers that are deployed to, and asked ten times a second meanwhile. */
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import type { Request } from '../../../src/operations/operation.ts';
import type { Report } from '../../../src/operations/runner.ts';
import type { Server } from '../lab.ts';
import { timed } from '../suite.ts';
import { probe, type Probed } from '../upgrade/probe.ts';
import type { App, Version } from './app.ts';
import { verified, type Desk } from './desk.ts';
import { answersOn, runningOn, siteOf } from './look.ts';

export interface Stage {
  readonly servers: readonly Server[];
  /** Those at whose port 80 the site is. */
  readonly doors: readonly Server[];
  readonly app: App;
  readonly desk: Desk;
  /** How many containers each service has, on all servers together. */
  readonly counts: Readonly<Record<string, number>>;
}

export interface Seen {
  readonly report: Report;
  readonly probed: readonly Probed[];
}

/** Performs a request while the doors are asked, and prints what became of that. `texts`: what they may answer. */
export async function probed(
  { doors, desk }: Pick<Stage, 'doors' | 'desk'>,
  name: string,
  request: Request,
  texts: readonly string[],
): Promise<Seen> {
  const probes = doors.map(({ address }) => probe(`http://${address}/`, texts, { host: 'shop.test' }));
  try {
    const report = await timed(name, () => verified(desk, request));
    const seen = await Promise.all(probes.map(each => each.stop()));
    for (const { asked, failed, pause } of seen)
      process.stdout.write(`    ${name}: ${failed} of ${asked} failed, pause ${pause.toFixed(2)} s\n`);
    return { report, probed: seen };
  } finally {
    await Promise.all(probes.map(each => each.stop()));
  }
}

/** A release, with the ids of the images that its services run. */
export interface Agreed {
  readonly release: string;
  readonly ids: Readonly<Record<string, string>>;
}

/** What runs, what it answers and what is recorded are the same: of this version, and of these images. */
export async function agreed(
  { servers, doors, app, counts }: Stage,
  version: Version,
  ids?: Agreed['ids'],
): Promise<Agreed> {
  const { environment, project } = await app.recorded();
  const [release] = environment.releases;
  if (!release) throw new Error('Nothing is recorded');
  expect([environment.current, release.outcome]).toEqual([release.id, 'succeeded']);
  const recorded = Object.fromEntries(release.services.map(({ name, imageId = '' }) => [name, imageId]));
  expect(recorded).toEqual(ids ?? recorded);

  const running = await Promise.all(servers.map(runningOn));
  const answers = async (service: string): Promise<readonly string[]> =>
    (await Promise.all(servers.map(each => answersOn(each, service)))).flat();
  const api = version === 'v3' ? 'api 2' : 'api 1';
  for (const [service, count] of Object.entries(counts)) {
    const expected = Array<string>(count).fill(recorded[service] ?? '');
    expect([service, running.flatMap(each => each[service] ?? [])]).toEqual([service, expected]);
    const { containers = [] } = release.services.find(({ name }) => name === service) ?? {};
    expect([service, containers.length]).toEqual([service, count]);
    const texts = Array<string>(count).fill(service === 'web' ? version : api);
    await expect.poll(() => answers(service)).toEqual(texts);
  }
  for (const each of doors) await expect.poll(() => siteOf(each)).toBe(version);
  expect(Object.fromEntries(project.services.map(({ name, imageId }) => [name, imageId]))).toEqual(recorded);
  const log = readFileSync(release.log ?? '', 'utf8');
  expect(log).toContain(`Deployment id: ${release.id}`);
  expect(log).toMatch(/phase finalize completed[^]*Deployment ended: success\n/);
  return { release: release.id, ids: recorded };
}
