import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { dayText } from '../../../src/base/time.ts';
import { openReader, readOnce } from '../../../src/engine.ts';
import { FileCache } from '../../../src/state/cache.ts';
import { listReleases, newestOf, searchReleases } from '../../../src/words/release-search.ts';
import { below } from '../../kit/files.ts';
import { COMPLETED, failedIn, releasesFile } from '../../kit/stagecraft.ts';
import { takoFolder } from '../../kit/tako.ts';
import { HOUR, MINUTE } from '../../kit/times.ts';
import { workspace } from '../../kit/workspace.ts';

const NOW = Date.UTC(2026, 10, 20, 12);
const signal = new AbortController().signal;

/** All releases of a workspace with a project of each tool, newest first, in the words they are found by. */
async function everything() {
  const { root, write } = workspace(onTestFinished);
  write({
    ...below(
      'shop',
      takoFolder({
        form: 'seed',
        name: 'acme-shop',
        createdAt: NOW - 500 * HOUR,
        servers: { production: ['web01'], staging: ['web02'] },
        deploys: Array.from({ length: 60 }, (_, index) => ({
          environment: index % 3 === 0 ? 'production' : 'staging',
          at: NOW - index * HOUR,
          id: `deploy-${index}`,
          status: index % 7 === 3 ? 'failed' : 'success',
          commit: `${index.toString(16).padStart(2, '0')}77fe0123456789abcdef0123456789abcdef01`,
          by: index === 50 ? 'maria' : 'tom',
          notes: index === 57 ? 'Hotfix of the Basket' : '',
          log: index === 50 ? [{ afterSeconds: 0, text: 'Starting deployment to staging' }] : undefined,
        })),
      }),
    ),
    ...below(
      'billing',
      releasesFile('seed', [
        { environment: 'prod', at: NOW - 30 * MINUTE, version: 'v2.1.0', phases: COMPLETED },
        { environment: 'prod', at: NOW - 90 * MINUTE, version: 'v2.0.9', phases: failedIn('migrate_pre') },
      ]),
    ),
  });
  const reader = openReader({}, undefined, () => NOW);
  const state = await readOnce(reader, [root]);
  const { places } = await reader.find(root, signal);
  const lists = [];
  for (const project of state.projects) {
    const place = places.find(({ key }) => key === project.key);
    for (const environment of project.environments) {
      if (!place) throw new Error('no place');
      const releases = await reader.releases(place, environment.key, signal);
      lists.push(listReleases(state, project, environment, releases));
    }
  }
  return { all: newestOf(lists) };
}

describe('the releases of an environment', () => {
  it('are all read, and begin with those of a page', async () => {
    const { root, sample } = workspace(onTestFinished);
    sample('tako/master-mixed-tz');
    const reader = openReader({}, undefined, () => NOW);
    const [place] = (await reader.find(root, signal)).places;
    if (!place) throw new Error('no place');
    const project = await reader.read(place, { '*': 2 }, signal);
    for (const { key, releases } of project.environments) {
      const all = await reader.releases(place, key, signal);
      expect(all.length).toBeGreaterThan(releases.length);
      expect(all.slice(0, 2).map(each => each.key)).toEqual(releases.slice(0, 2).map(each => each.key));
    }
  });

  it('are not kept', async () => {
    const { root, sample } = workspace(onTestFinished);
    sample('tako/master-mixed-tz');
    const cache = new FileCache();
    const reader = openReader({}, cache, () => NOW);
    const [place] = (await reader.find(root, signal)).places;
    if (!place) throw new Error('no place');
    const project = await reader.read(place, { '*': 1 }, signal);
    const { parses } = cache;
    for (const { key } of project.environments) await reader.releases(place, key, signal);
    expect(cache.parses).toBe(parses);
  });

  it('tell of which there is a log', async () => {
    const { all } = await everything();
    expect(all.filter(({ release }) => release.log !== undefined).map(({ release }) => release.id)).toEqual([
      'deploy-50',
    ]);
  });
});

describe('searching releases', () => {
  it('knows all of every project', async () => {
    const { all } = await everything();
    expect(new Set(all.map(({ release }) => release.key)).size).toBe(62);
  });

  it.each([
    ['v2.0', ['v2.0.9']],
    ['V2.1.0', ['v2.1.0']],
    ['maria', ['deploy-50']],
    ['3977fe', ['deploy-57']],
    ['basket hotfix', ['deploy-57']],
    ['billing failed', ['v2.0.9']],
    ['pre migrate', ['v2.0.9']],
    ['deploy-45 production', ['deploy-45']],
    ['deploy-45 staging', []],
    ['acme failed production', ['deploy-3', 'deploy-24', 'deploy-45']],
    ['no such thing', []],
  ])('%s', async (text, expected) => {
    const { all } = await everything();
    const { found } = searchReleases(all, text, 100);
    expect(found.map(({ release }) => release.version ?? release.id)).toEqual(expected);
  });

  it('finds a day', async () => {
    const { all } = await everything();
    const day = dayText(NOW - 45 * HOUR);
    const ofDay = all.filter(({ release: { at } }) => at !== undefined && dayText(at) === day);
    expect(ofDay.length).toBeGreaterThan(20);
    expect(searchReleases(all, day, 100).found).toEqual(ofDay);
  });

  it('finds a commit by its beginning only', async () => {
    const { all } = await everything();
    expect(searchReleases(all, '0123456789', 100).found).toEqual([]);
    expect(searchReleases(all, '0077fe0123456789abcdef', 100).found).toHaveLength(1);
  });

  it('shows the newest, and counts the rest', async () => {
    const { all } = await everything();
    const { found, more } = searchReleases(all, '', 10);
    expect(more).toBe(52);
    expect(found).toEqual(all.slice(0, 10));
    expect(searchReleases(all, 'staging', 10).more).toBe(30);
  });

  it('finds what has every word, in the order of time, whatever is typed', async () => {
    const { all } = await everything();
    fc.assert(
      fc.property(fc.array(fc.constantFrom('prod', 'v2', 'tom', 'failed', '7', 'acme', 'zz')), words => {
        const { found } = searchReleases(all, words.join('  '), 1000);
        const times = found.map(({ release }) => release.at ?? 0);
        expect(times).toEqual([...times].sort((a, b) => b - a));
        for (const each of all) {
          const has = words.every(word => each.text.includes(word) || each.commit.startsWith(word));
          expect(found.includes(each)).toBe(has);
        }
      }),
    );
  });
});
