/** Deployments in words: what is asked before, and what is told after. */
import { clean, join, say, type Clean } from '../base/clean.ts';
import type { Finding } from '../base/finding.ts';
import type { Commit, EnvironmentRef } from '../deploy/requests.ts';
import type { Plan, Verdict } from '../operations/operation.ts';
import { refOf, thisMachine } from '../servers/server.ts';
import { type ServerSettings } from '../ssh/target.ts';
import { machineOf } from '../state/machines.ts';
import type { Environment, Project, State } from '../state/model.ts';
import { describe } from './names.ts';
import { judgedLine } from './plan.ts';
import type { IsProduction } from './production.ts';
import { undeployedWords, type Undeployed } from './undeployed.ts';

/** What deploying is given of an environment; or why nothing can be deployed to it. */
export type Deployable =
  | { readonly where: EnvironmentRef; readonly why?: undefined }
  | { readonly where?: undefined; readonly why: Clean };

export interface DeployableSettings {
  readonly servers: ServerSettings;
  readonly isProduction: IsProduction;
}

/** Without one of its servers it would be another environment: all of them have to be known by an address. */
export function deployable(
  state: State,
  { tool, root, name, servers }: Project,
  environment: Environment,
  settings: DeployableSettings,
): Deployable {
  if (tool !== 'tako' && tool !== 'stagecraft') return { why: say('Nothing deploys to it from here.') };
  const found = environment.servers.map(each => {
    const server = servers.find(one => one.name === each);
    const machine = server && machineOf(state, server.key);
    const ref = machine && refOf(machine, settings.servers);
    return { each, ref: ref && { ...ref, name: each } };
  });
  const unknown = found.filter(({ ref }) => ref === undefined).map(({ each }) => each);
  if (unknown.length > 0) return { why: say('No address is known here of {0}.', join(unknown, ', ')) };
  return {
    where: {
      tool,
      root,
      project: name,
      environment: environment.name,
      isProduction: settings.isProduction(environment.name),
      // Before anything of it was deployed from here, this machine is none of its servers.
      servers:
        tool === 'stagecraft' && found.length === 0 ? [thisMachine()] : found.flatMap(({ ref }) => ref ?? []),
    },
  };
}

/** What is asked before something is deployed: as much as is needed to say yes or no. The plan itself says more. */
export function deployQuestion(plan: Plan, about?: Clean): Clean {
  const { findings } = plan;
  const those = (...codes: readonly string[]): Clean[] =>
    findings
      .filter(({ severity, code }) => severity === 'info' && codes.includes(code))
      .map(each => each.text);
  const lines = [
    ...findings
      .filter(({ severity }) => severity === 'warning')
      .map(each => say('Warning: {0}', judgedLine(each))),
    about,
    describe(changeWords(plan), ...those('unchanged', 'no-change')),
    ...findings
      .filter(({ severity, code }) => severity === 'info' && !LAST.has(code) && !SAME.has(code))
      .map(({ text }) => text)
      .filter(text => about?.includes(text) !== true),
    describe(...those(...LAST)),
  ].filter(line => line !== undefined && line !== '');
  const shown = lines.length > LINES ? [...lines.slice(0, LINES - 1), say('…')] : lines;
  return join(shown, '\n');
}

/** A modal shows no more, and the plan has all of it. */
const LINES = 8;
const SAME: ReadonlySet<string> = new Set(['unchanged', 'no-change']);
const LAST: ReadonlySet<string> = new Set(['time', 'servers', 'engine']);

/** "Changes web, worker · Starts api · Ends old" */
function changeWords({ changes }: Plan): Clean {
  const named = (...kinds: readonly string[]): Clean =>
    join(
      [
        ...new Set(
          changes.filter(({ kind }) => kinds.includes(kind)).flatMap(({ path: [name] }) => name ?? []),
        ),
      ],
      ', ',
    );
  const [changed, added, removed] = [named('changed', 'moved'), named('added'), named('removed')];
  return describe(
    changed && say('Changes {0}', changed),
    added && say('Starts {0}', added),
    removed && say('Ends {0}', removed),
  );
}

/** "main · clean · pushed · 14 commits since 9d1c0aa" */
export function commitWords(
  commit: Commit | undefined,
  deployed: string | undefined,
  undeployed: Undeployed | undefined,
): Clean {
  if (!commit) return say('No Git repository is known for its folder.');
  const { branch, dirty, pushed } = commit;
  const { commits, more = false } = undeployed ?? {};
  const since = clean(deployed?.slice(0, 7));
  return describe(
    branch,
    dirty
      ? ((undeployed && undeployedWords({ ...undeployed, commits: 0 })) ?? say('not clean'))
      : say('clean'),
    pushed === undefined ? undefined : pushed ? say('pushed') : say('not pushed'),
    deployed === undefined || commits === undefined
      ? undefined
      : commits === 0
        ? say('no commit since {0}', since)
        : commits === 1
          ? say('1 commit since {0}', since)
          : more
            ? say('more than {0} commits since {1}', commits, since)
            : say('{0} commits since {1}', commits, since),
  );
}

/** Names of the servers that did not answer when they were asked last. */
export function silentServers({ servers }: EnvironmentRef, observed: State['observed']): readonly Clean[] {
  return servers.filter(({ id }) => observed[id]?.failure !== undefined).map(({ name }) => name);
}

/** "web03 does not answer: …" for each, and "Go on with the 2 that do?" */
export function withoutWords(silent: readonly Finding[], left: number): Clean {
  const more = silent.length - TOLD;
  return join(
    [
      ...silent.slice(0, TOLD).map(judgedLine),
      more > 0 ? say('And {0} more.', more) : undefined,
      left === 1 ? say('Go on with the one that does?') : say('Go on with the {0} that do?', left),
    ],
    '\n',
  );
}

/** A modal shows no more. */
const TOLD = 6;

/** "production runs a1b2c3d on 2 of 2 servers, checked 14:08" */
export function deployEnd({ title }: Plan, verdict: Verdict): Clean {
  if (verdict.state !== 'verified') return verdict.why;
  return verdict.text ?? say('{0}: done.', title);
}

/** What a person knows before they let the tako program plan. */
export function planningWords(): Clean {
  return say(
    'Planning asks the servers and holds the deploy lock for a moment. Nothing that runs is changed yet.',
  );
}
