import { clean, join, say, type Clean } from '../base/clean.ts';
import { utcText, type Instant } from '../base/time.ts';
import type { State } from '../state/model.ts';
import { toolName } from './names.ts';
import { printRows, rowsOf, VIEWS } from './rows.ts';

/** What a maintainer needs to know about a bug: versions, what was searched and found, and the rows as they were shown. */
export function diagnosticReport(
  state: State,
  version: Clean,
  editor: Clean,
  node: Clean,
  place: Clean,
  now: Instant,
): Clean {
  const found = state.projects.map(project =>
    say(
      '{0} "{1}": {2} environments, {3} services, {4} servers, {5} resources, {6} stacks',
      toolName(project),
      project.name,
      project.environments.length,
      project.services.length,
      project.servers.length,
      project.resources.length,
      project.stacks.length,
    ),
  );
  const findings = [...state.findings, ...state.projects.flatMap(project => project.findings)].map(
    ({ severity, code, text, at }) =>
      join([clean(severity), clean(code), at && clean(`${at.file}:${at.line ?? 1}`, 400), text], ' '),
  );
  // What servers answered stays here: how many answered says enough.
  const recorded: State = { ...state, observed: {}, takod: {}, upgrading: {} };
  return join(
    [
      say(
        'Shipshape {0}, VS Code {1}, Node {2}, {3}, {4}',
        version,
        editor,
        node,
        place,
        clean(utcText(now)),
      ),
      say(
        'Searched: {0}',
        join(
          state.searched.map(each => clean(each, 400)),
          ', ',
        ),
      ),
      answersText(state),
      ...found,
      ...findings,
      ...VIEWS.map(view =>
        join([clean(view.toUpperCase()), printRows(rowsOf(view, recorded, now), '  ')], '\n'),
      ),
    ],
    '\n',
  );
}

function answersText({ observed, upgrading }: State): Clean {
  const kinds = new Map<string, number>();
  for (const { answer, failure } of Object.values(observed)) {
    const kind = answer ? answer.setup.kind : failure.code;
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }
  const counts = [...kinds].map(([kind, count]) => say('{0} {1}', count, clean(kind)));
  return say(
    'Servers asked: {0} ({1}); upgrades running: {2}',
    Object.keys(observed).length,
    join(counts, ', '),
    Object.keys(upgrading).length,
  );
}
