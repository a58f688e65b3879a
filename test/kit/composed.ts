/** A release of Stagecraft that was deployed from here, and the servers that settings tell of. */
import { onTestFinished } from 'vitest';
import { openReader, readOnce } from '../../src/engine.ts';
import { withComposeServers, type ComposeServers } from '../../src/state/composed.ts';
import { machinesOf } from '../../src/state/machines.ts';
import type { State } from '../../src/state/model.ts';
import type { ServerAnswer } from '../../src/state/observed.ts';
import type { OwnService } from '../../src/state/own-releases.ts';
import { AT, NOW } from './asked.ts';
import { workspace } from './workspace.ts';

export const COMPOSED = 'rel-20260101-000001';
const PHASES = ['build', 'push', 'migrate_pre', 'rollout', 'migrate_post', 'finalize'];

/** What the release runs; servers by name with what they answered. */
export async function composed(
  services: Readonly<Record<string, Partial<OwnService>>>,
  answers: Readonly<Record<string, ServerAnswer>>,
  isHere = false,
): Promise<State> {
  const { root, write } = workspace(onTestFinished);
  const release = {
    id: COMPOSED,
    environment: 'production',
    version: 'v1',
    commit_sha: 'a1b2c3d',
    timestamp: '2026-01-01T00:00:01Z',
    phases: Object.fromEntries(PHASES.map(each => [each, 'completed'])),
  };
  const own = Object.entries(services).map(([name, about]) => [
    name,
    { image: `shop/${name}:v1`, hash: '0'.repeat(64), settings: {}, asIn: COMPOSED, replicas: 1, ...about },
  ]);
  write({
    'stagecraft.yml': 'project: { name: shop }\nenvironments: { production: { driver: compose } }\n',
    '.stagecraft/releases.json': JSON.stringify({ releases: [release] }, null, 2),
    '.shipshape/releases.jsonl': `${JSON.stringify({
      release: COMPOSED,
      environment: 'production',
      services: Object.fromEntries(own) as object,
    })}\n`,
  });
  return composedIn(root, answers, isHere);
}

/** The project of a folder, with what its servers answered. */
export async function composedIn(
  root: string,
  answers: Readonly<Record<string, ServerAnswer>>,
  isHere = false,
): Promise<State> {
  const read = await readOnce(
    openReader({}, undefined, () => NOW),
    [root],
  );
  const named: ComposeServers = isHere ? {} : { production: Object.keys(answers) };
  const state = { ...read, projects: read.projects.map(each => withComposeServers(each, named)) };
  const seen = machinesOf(state).flatMap(({ id, server: { name } }) => {
    const answer = answers[name];
    return answer ? [[id, { at: AT, answer }] as const] : [];
  });
  return { ...state, observed: Object.fromEntries(seen) };
}
