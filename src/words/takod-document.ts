/** Everything that takod answered about an environment, in words. */
import { clean, cleanLines, join, say, type Clean } from '../base/clean.ts';
import { clockText } from '../base/time.ts';
import type { TakodAnswer, TakodObservation } from '../state/takod.ts';
import { describe } from './names.ts';
import { isShort, standing } from './takod.ts';

type Answered = Extract<TakodObservation, { readonly answer: TakodAnswer }>;

/** "production: 3 of 3 services well, no drift, asked 09:02" */
export function takodLine(environment: Clean, { at, answer }: Answered): Clean {
  const { services, drift, checks = [], missing } = answer;
  const short = (services ?? []).filter(isShort);
  const failed = checks.filter(({ status }) => status === 'fail');
  return join(
    [
      services &&
        say('{0}: {1} of {2} services well', environment, services.length - short.length, services.length),
      ...short.map(each => join([each.name, standing(each)], ' ')),
      drift &&
        (drift.drifted
          ? say(
              '{0} drifted',
              join(
                drift.drifts.map(each => each.service),
                ', ',
              ),
            )
          : say('no drift')),
      failed.length > 0 ? say('{0} checks failed', failed.length) : undefined,
      missing.length > 0
        ? say(
            '{0} not told',
            join(
              missing.map(({ part }) => part),
              ', ',
            ),
          )
        : undefined,
      say('asked {0}', clean(clockText(at))),
    ],
    ', ',
  );
}

/** All of it, as a document. */
export function takodDocument(environment: Clean, observation: Answered): Clean {
  const { services, history, drift, checks, state, missing } = observation.answer;
  const parts: (readonly [Clean, readonly (Clean | undefined)[] | undefined])[] = [
    [
      say('What runs'),
      services?.map(each =>
        describe(
          each.name,
          standing(each),
          each.image,
          each.revision,
          ...each.nodes.map(node => join([node.name, clean(node.running)], ' ')),
        ),
      ),
    ],
    [
      say('Drift'),
      drift?.drifts.map(each =>
        describe(each.service, each.type, each.severity, say('{0} → {1}', each.expected, each.actual)),
      ),
    ],
    [say('Checks'), checks?.map(each => describe(each.status, each.name, each.detail, each.remediation))],
    [
      say('Servers'),
      state && [
        ...state.nodes.map(each =>
          describe(
            each.name,
            each.reachable ? say('reachable') : say('does not answer'),
            each.agent,
            each.lease && say('held by {0}', each.lease),
            each.error,
          ),
        ),
        ...state.recommendations,
      ],
    ],
    [
      say('History'),
      history?.map(each =>
        describe(each.time?.text, each.status, each.commit, each.message, each.error, each.id),
      ),
    ],
    [say('Not told'), missing.map(({ part, why }) => say('{0}: {1}', part, why))],
  ];
  const texts = parts.flatMap(([title, lines]) =>
    lines === undefined || lines.length === 0
      ? []
      : [[title, ...lines.map(line => join([clean('-'), line], ' '))].join('\n')],
  );
  return cleanLines(`${[takodLine(environment, observation), ...texts].join('\n\n')}\n`);
}
