import { clean, say } from '../../base/clean.ts';
import type { Finding } from '../../base/finding.ts';
import { placeInside } from '../../base/inside.ts';
import { exists } from '../../base/write.ts';
import type { Operation, Plan } from '../../operations/operation.ts';
import { createDatabase } from '../../state/sloth/create.ts';
import { whyNotWritable } from '../../state/sloth/transaction.ts';
import type { Reader } from '../../state/source.ts';
import { projectAt } from '../look.ts';

export interface NewDatabase {
  readonly root: string;
  /** The name of the file in it. */
  readonly state: string;
}

/** Makes a database of stacks with all tables that sloth-runner makes. */
export function newDatabase(reader: () => Reader): Operation<NewDatabase, Plan> {
  return {
    id: 'sloth.create-database',
    root: ({ root }) => root,
    locks: () => [], // SQLite's own

    async plan({ root, state }) {
      const file = await placeInside(root, state);
      const name = clean(state);
      const why = await whyNotWritable(file, true);
      const findings: Finding[] = why === undefined ? [] : [problem('not-writable', why)];
      for (const each of [file, `${file}-wal`, `${file}-journal`]) {
        if (await exists(each))
          findings.push(problem('exists', say('{0} is there already.', clean(each, 400))));
      }
      if (!state.endsWith('.db')) {
        findings.push(problem('name', say('It is found only under a name that ends in ".db".')));
      }
      return {
        title: say('Make {0}', name),
        target: name,
        risk: 'none',
        changes: [{ path: [name], kind: 'added' }],
        findings,
        steps: [],
        undoable: false, // what others have put into it by then would be lost with it
      };
    },

    async apply({ root, state }) {
      await createDatabase(await placeInside(root, state));
      return undefined;
    },

    async verify({ root, state }, _plan, { signal }) {
      const opened = reader();
      const { places } = await opened.find(await placeInside(root, state), signal);
      const [place] = places;
      const project = place && (await projectAt(opened, place, signal));
      return project?.findings.length === 0
        ? { state: 'verified' }
        : { state: 'failed', why: say('The database cannot be read.') };
    },
  };
}

function problem(code: string, text: Finding['text']): Finding {
  return { severity: 'error', code, text };
}
