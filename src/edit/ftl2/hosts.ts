import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { clean, join, say, type Clean } from '../../base/clean.ts';
import { readDocument } from '../../base/document.ts';
import type { Finding } from '../../base/finding.ts';
import type { Instant } from '../../base/time.ts';
import type { Operation } from '../../operations/operation.ts';
import { isStateName } from '../../state/ftl2/form.ts';
import { changedHost, type Host, type HostChanges } from '../../state/ftl2/host.ts';
import { inventoryIn } from '../../state/ftl2/inventory.ts';
import { withoutSecrets } from '../../state/ftl2/inventory-export.ts';
import {
  addHost,
  editHost,
  removeHost,
  removeResource,
  resourcesOfHost,
  type StandingState,
} from '../../state/ftl2/write.ts';
import type { FilePlan } from '../files.ts';
import { changesBetween, hostRow, resourceRow } from './changes.ts';
import {
  draftedOperation,
  nothingDestroyed,
  notRecorded,
  problem,
  replacedBy,
  secretsLeftOut,
  stateDraft,
  together,
  warning,
  type StateChange,
} from './draft.ts';
import { changeInInventory, removeFromInventory } from './inventory.ts';

/** The files that a host stands in, below the folder; at least one. One that is not there is made. */
export interface HostFiles {
  readonly root: string;
  readonly state?: string;
  readonly inventory?: string;
}

export interface AddHost extends HostFiles {
  readonly host: Host;
}

export interface EditHost extends HostFiles {
  readonly name: string;
  readonly changes: HostChanges;
}

export interface RemoveHost extends HostFiles {
  readonly name: string;
  /** Also the resources of its name, from the state. */
  readonly resources?: boolean;
}

export interface RecordHost extends Required<HostFiles> {
  readonly name: string;
}

type HostOperation<In> = (now: () => Instant) => Operation<In, FilePlan>;

/** Adds a host to a state, an inventory, or both at once. One of the same name gets all these values. */
export const addFtl2Host: HostOperation<AddHost> = now =>
  draftedOperation(now, {
    id: 'ftl2.add-host',
    title: ({ host, ...files }) => say('Add {0} to {1}', clean(host.name), filesOf(files)),
    target: ({ host }) => host.name,
    risk: 'none',
    draft: async ({ host, root, state, inventory }, at) => {
      const isOwnForm = state === undefined || isStateName(path.basename(state));
      const groups = host.groups.length > 0 ? host.groups : [isOwnForm ? 'ungrouped' : 'all'];
      return together(
        state && (await stateDraft(root, state, at, standing => added(standing, host, at))),
        inventory && (await changeInInventory(root, inventory, host.name, { ...host, groups }, 'add')),
      );
    },
  });

/** Changes what is named of a host. All else of it stays, also what is not shown. */
export const editFtl2Host: HostOperation<EditHost> = now =>
  draftedOperation(now, {
    id: 'ftl2.edit-host',
    title: ({ name, ...files }) => say('Change {0} in {1}', clean(name), filesOf(files)),
    target: ({ name }) => name,
    risk: 'none',
    draft: async ({ name, changes, root, state, inventory }, at) =>
      together(
        state && (await stateDraft(root, state, at, standing => changed(standing, name, changes, at))),
        inventory && (await changeInInventory(root, inventory, name, changes, 'edit')),
      ),
  });

/** Takes a host out of a state, an inventory, or both. The machine stays. */
export const removeFtl2Host: HostOperation<RemoveHost> = now =>
  draftedOperation(now, {
    id: 'ftl2.remove-host',
    title: ({ name, ...files }) => say('Remove {0} from {1}', clean(name), filesOf(files)),
    target: ({ name }) => name,
    risk: 'typed',
    draft: async ({ name, resources = false, root, state, inventory }, at) =>
      together(
        state && (await stateDraft(root, state, at, standing => removed(standing, name, resources))),
        inventory && (await removeFromInventory(root, inventory, name)),
      ),
  });

/** Records a host of an inventory in a state. */
export const recordFtl2Host: HostOperation<RecordHost> = now =>
  draftedOperation(now, {
    id: 'ftl2.record-host',
    title: ({ name, state }) => say('Record {0} in {1}', clean(name), clean(state)),
    target: ({ name }) => name,
    risk: 'none',
    draft: async ({ name, root, state, inventory }, at) => {
      const from = inventoryIn(await readDocument(root, inventory));
      const host = from.host(name);
      if (!host) return { changes: [], findings: [notRecorded(name, inventory)], files: [] };
      const { kept: variables, left } = withoutSecrets(host.variables);
      return stateDraft(root, state, at, standing => {
        const groups = host.groups.filter(group => group !== 'all' && group !== 'ungrouped');
        const known = standing.form === 'go' ? groups.slice(0, 1) : groups; // all that this form holds
        const draft = added(standing, { ...host, groups: known, variables }, at);
        return {
          ...draft,
          findings: [
            ...draft.findings,
            ...secretsLeftOut(left),
            ...(known.length < groups.length ? [oneGroup(known[0])] : []),
            ...(from.isTemplate(name)
              ? [problem('template', say('How it is reached is a template there.'))]
              : []),
          ],
        };
      });
    },
  });

function added(state: StandingState, host: Host, now: Instant): StateChange {
  const { form, document, hosts } = state;
  const same = hosts.get(host.name);
  const before = same && hostRow(same, form);
  return {
    edits: addHost(state, host, now),
    changes: changesBetween([document.path, 'host', host.name], before, hostRow(host, form)),
    findings: same ? [replacedBy(host.name)] : [],
  };
}

function changed(state: StandingState, name: string, changes: HostChanges, now: Instant): StateChange {
  const { form, document, hosts } = state;
  const host = hosts.get(name);
  if (!host) return { edits: [], changes: [], findings: [notRecorded(name, document.path)] };
  const after = changedHost(host, changes);
  return {
    edits: isDeepStrictEqual(host, after) ? [] : editHost(state, after, now),
    changes: changesBetween([document.path, 'host', name], hostRow(host, form), hostRow(after, form)),
    findings: [],
  };
}

function removed(state: StandingState, name: string, withResources: boolean): StateChange {
  const { form, document, hosts, resources } = state;
  const host = hosts.get(name);
  if (!host) return { edits: [], changes: [], findings: [notRecorded(name, document.path)] };
  const keys = withResources ? resourcesOfHost(state, name) : [];
  return {
    edits: [...removeHost(state, name), ...keys.flatMap(key => removeResource(state, key))],
    changes: [
      ...changesBetween([document.path, 'host', name], hostRow(host, form), undefined),
      ...keys.flatMap(key =>
        changesBetween(
          [document.path, 'resource', key],
          resourceRow(form, resources.get(key) ?? {}),
          undefined,
        ),
      ),
    ],
    findings: [nothingDestroyed()],
  };
}

function oneGroup(group: string | undefined): Finding {
  return warning(
    'one-group',
    say('This form of state holds one group of a host. {0} is recorded.', clean(group)),
  );
}

function filesOf({ state, inventory }: Omit<HostFiles, 'root'>): Clean {
  return join(
    [state === undefined ? undefined : clean(state), inventory === undefined ? undefined : clean(inventory)],
    ', ',
  );
}
