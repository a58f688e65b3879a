import { clean, say } from '../../base/clean.ts';
import type { Finding } from '../../base/finding.ts';
import { whoHere } from '../../base/identity.ts';
import type { Operation, Plan } from '../../operations/operation.ts';
import { utcTime } from '../../state/sloth/forms.ts';
import { addActivity } from '../../state/sloth/take-snapshot.ts';
import type { Reader } from '../../state/source.ts';
import { changedSince, databaseOperation, fileOf } from './database.ts';
import { objections, refuseWhileLocked } from './objections.ts';
import { stackAt, type OnStack } from './stack.ts';

export interface TagStack extends OnStack {
  readonly tag: string;
}

const ADD = 'INSERT OR IGNORE INTO stack_tags (stack_id, tag, created_at) VALUES (?, ?, ?) RETURNING tag';
const REMOVE = 'DELETE FROM stack_tags WHERE stack_id = ? AND tag = ? RETURNING tag';

/** Adds a tag to a stack, or removes one, which sloth-runner's program cannot. */
export function tagStack(
  reader: () => Reader,
  now: () => number,
  isAdded: boolean,
): Operation<TagStack, Plan> {
  return databaseOperation<TagStack, Plan>({
    id: isAdded ? 'sloth.add-tag' : 'sloth.remove-tag',

    async plan(input, { signal }) {
      const stack = await stackAt(reader(), input, signal);
      const tag = clean(input.tag);
      const name = stack?.name ?? clean(input.stack);
      const isThere = stack?.tags.includes(tag) ?? false;
      const findings: Finding[] = [...objections(stack, input.stack)];
      if (isAdded && (tag.trim() === '' || tag !== input.tag)) {
        findings.push({ severity: 'error', code: 'bad-tag', text: say('This cannot be a tag.') });
      }
      if (isThere === isAdded) {
        const text = isAdded ? say('It has this tag already.') : say('It has no such tag.');
        findings.push({ severity: 'error', code: 'nothing-to-do', text });
      }
      return {
        title: isAdded ? say('Tag {0} with {1}', name, tag) : say('Remove the tag {1} from {0}', name, tag),
        target: name,
        risk: 'none',
        changes: [{ path: [name, say('tags'), tag], kind: isAdded ? 'added' : 'removed' }],
        findings,
        steps: [],
        undoable: true,
      };
    },

    apply(transaction, input) {
      const { place, stack, tag } = input;
      refuseWhileLocked(transaction, input, now());
      const changed = isAdded
        ? transaction.all(ADD, stack, tag, utcTime(now()))
        : transaction.all(REMOVE, stack, tag);
      if (changed.length === 0) {
        throw changedSince(fileOf(place), say('The tags of the stack were changed meanwhile.'));
      }
      const message = isAdded ? `Tag ${tag} added` : `Tag ${tag} removed`;
      addActivity(transaction, stack, { type: 'tag', message, by: whoHere(), at: now() });
    },

    async check(input, _plan, { signal }) {
      const stack = await stackAt(reader(), input, signal);
      if (stack?.tags.includes(clean(input.tag)) === isAdded) return undefined;
      return isAdded ? say('The tag is not there.') : say('The tag is still there.');
    },
  });
}
