import { say, type Clean, type CleanJson } from '../base/clean.ts';
import type { Instant } from '../base/time.ts';
import type { Project, Service, State } from '../state/model.ts';
import { ageCell, textCell, valueCell } from './cells.ts';
import { environmentName, projectName } from './names.ts';
import type { TableRow } from './page.ts';
import { containerCount, isBad } from './services.ts';

/**
 * Where what is recorded of services differs from what should be. Nobody keeps what became of it. What was compared with servers
 * is told by that.
 */
export function serviceDriftRows(
  state: State,
  isCompared: (service: Service, project: Project) => boolean,
  now: Instant,
): TableRow[] {
  return state.projects.flatMap(project =>
    project.services.flatMap(service => {
      if (isCompared(service, project)) return [];
      const where =
        service.environment === undefined
          ? projectName(state, project)
          : environmentName(state, project, service.environment);
      return differences(project, service).map(({ field, expected, actual }) => ({
        id: JSON.stringify([service.key, field]),
        cells: [
          textCell(service.name, 'drift'),
          textCell(where),
          textCell(field),
          valueCell(expected),
          valueCell(actual),
          ageCell(service.at, now),
          textCell(say('record of the deployment')),
          textCell(undefined),
        ],
        actions: [],
      }));
    }),
  );
}

interface Difference {
  readonly field: Clean;
  readonly expected: CleanJson;
  readonly actual: CleanJson;
}

function differences(project: Project, service: Service): Difference[] {
  const { declared, recorded, health } = service;
  const { running, wanted } = containerCount(service);
  const isConfigured = project.source !== undefined;
  return [
    ...(service.containers.length > 0 && running < wanted
      ? [{ field: say('running containers'), expected: wanted, actual: running }]
      : []),
    ...(health !== undefined && isBad(health)
      ? [{ field: say('health'), expected: say('healthy'), actual: health }]
      : []),
    ...(isConfigured && recorded && !declared
      ? [{ field: say('configuration'), expected: say('not there'), actual: say('deployed') }]
      : []),
  ];
}
