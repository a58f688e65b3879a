/** Restarts what runs of a service. Nothing of it changes, so nothing is recorded. */
import { clean, say } from '../base/clean.ts';
import type { Finding } from '../base/finding.ts';
import type { Operation, Plan } from '../operations/operation.ts';
import type { DeployAccess } from './access.ts';
import { applicationOf } from './configuration/application-of.ts';
import { ask } from './plan/ask.ts';
import { bareService } from './configuration/bare-service.ts';
import { asItRuns } from './plan/compare-service.ts';
import { holding } from './carry-out.ts';
import type { Course } from './course.ts';
import { lockOf } from './deployment.ts';
import { holdServers } from './hold/hold.ts';
import { runtimeOn } from './means.ts';
import type { RestartInput } from './requests.ts';
import { survey } from './plan/survey.ts';
import { truthOf, truthWords, verdictFrom } from './truth.ts';

interface RestartPlan extends Plan {
  /** What runs before and after it; nothing where it cannot be done. */
  readonly standing?: Pick<Course, 'where' | 'engine' | 'services' | 'application' | 'over' | 'by'>;
}

export function restartService(access: DeployAccess): Operation<RestartInput, RestartPlan> {
  return {
    id: 'restart-service',
    root: ({ where }) => where.root,
    locks: ({ where }) => [lockOf(where)],

    async plan({ where, service, by }, { signal }) {
      const { application, findings: configured } = await applicationOf(where, signal);
      const found = await survey(access, { where, project: application?.project ?? where.project }, signal);
      const { engine, running, begun } = found;
      const name = clean(service);
      const notRunning: Finding = {
        severity: 'error',
        code: 'not-running',
        text: say('{0} does not run', name),
      };
      const isRead = application !== undefined;
      return {
        title: say('Restart {0} in {1} of {2}', name, clean(where.environment), where.project),
        target: where.project,
        risk: where.isProduction ? 'production' : 'confirm',
        changes: [],
        findings: [
          ...found.findings,
          ...(isRead ? [] : configured),
          ...(running.has(service) ? [] : [notRunning]),
        ],
        steps: [say('Restart its containers, one after the other')],
        undoable: false,
        ...(engine &&
          application && {
            standing: {
              ...begun,
              engine,
              application,
              services: [{ ...asItRuns(bareService(service, {}), { ...found, engine }), isLeft: false }],
              ...(by !== undefined && { by }),
            },
          }),
      };
    },

    async apply({ where, service }, { standing, title }, _held, run) {
      if (!standing) throw new Error('Nothing is restarted that cannot be');
      const { application, engine, over, by = say('somebody') } = standing;
      const { project, secrets } = application;
      const { environment } = where;
      const request = { project, environment, operation: title, by, over };
      await holding(holdServers(access, engine.servers, request, run.signal), run, async ({ servers }) => {
        const options = { servers, project, environment, release: 'restart', secrets };
        await run.step('restart', () => runtimeOn(engine, options).restart(service, run));
      });
      return undefined;
    },

    async verify({ where, service }, { standing }, { signal }) {
      if (!standing) return { state: 'verified' };
      const asked = await ask(access, standing.engine.servers, signal);
      const truth = truthOf(standing, asked, ({ now }) => now?.imageId);
      return verdictFrom(truth, truthWords(where, clean(service), truth, access.now()));
    },
  };
}
