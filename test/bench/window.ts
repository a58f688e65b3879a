/** What an editor window does with the state, without the editor: the reading thread, a store, the rows. */
import { createStore, type Log, type Watch, type WorkspaceState } from '../../src/state/store.ts';
import { engineInThread } from '../../src/remote.ts';
import type { Reader } from '../../src/state/source.ts';
import type { Row } from '../../src/words/row.ts';
import { rowsOf, VIEWS } from '../../src/words/rows.ts';
import { NOW } from './data.ts';

const NO_WATCH: Watch = () => ({ dispose: () => undefined });

/** A failure inside the store is a failure of the bench. */
const STRICT: Log = {
  info: () => undefined,
  error: message => {
    throw new Error(message);
  },
};

export interface Window {
  /** Opens a workspace on this folder and returns the number of rows of a view. */
  rows(folder: string, view: string): Promise<number>;
}

export function openWindow(): Window {
  const reader = engineInThread(new URL('./worker.js', import.meta.url), {});
  return {
    async rows(folder, view) {
      const store = openStore(lent(reader));
      store.search([folder]);
      await store.ready;
      const shown = VIEWS.filter(each => each === view);
      const count = countRows(shown.flatMap(each => rowsOf(each, store.now, NOW)));
      store.dispose();
      return count;
    },
  };
}

export function openStore(reader: Reader, watch: Watch = NO_WATCH): WorkspaceState {
  return createStore({ reader, watch, log: STRICT });
}

function countRows(rows: readonly Row[]): number {
  return rows.reduce((count, row) => count + 1 + countRows(row.children ?? []), 0);
}

/** A reader that outlives the store that uses it. */
function lent(reader: Reader): Reader {
  return { ...reader, close: () => Promise.resolve() };
}
