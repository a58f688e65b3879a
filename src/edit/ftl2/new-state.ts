import path from 'node:path';
import { clean, say } from '../../base/clean.ts';
import type { Instant } from '../../base/time.ts';
import type { Operation } from '../../operations/operation.ts';
import { maybeStateName } from '../../state/ftl2/form.ts';
import type { FilePlan } from '../files.ts';
import { draftedOperation, problem, stateDraft } from './draft.ts';

export interface NewState {
  readonly root: string;
  /** Below the root. With a name of FTL2's own, such as `.ftl2-state.json`, in the form of its library. */
  readonly state: string;
}

/** Makes a state without hosts and resources. */
export function newFtl2State(now: () => Instant): Operation<NewState, FilePlan> {
  return draftedOperation(now, {
    id: 'ftl2.new-state',
    title: ({ state }) => say('Make {0}', clean(state)),
    target: ({ state }) => state,
    risk: 'none',
    draft: ({ root, state }, at) =>
      stateDraft(root, state, at, ({ document: { expected } }) => ({
        edits: [],
        changes: [{ path: [clean(state, 120)], kind: 'added' }],
        findings: [
          ...(expected === null ? [] : [problem('exists', say('{0} is there already.', clean(state)))]),
          ...(maybeStateName(path.basename(state))
            ? []
            : [problem('name', say('It is found only under a name that ends in "state.json".'))]),
        ],
      })),
  });
}
