import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { clean, say } from '../../base/clean.ts';
import { readDocument, replaced, valueOf } from '../../base/document.ts';
import { Fields } from '../../base/fields.ts';
import type { Instant } from '../../base/time.ts';
import type { Operation } from '../../operations/operation.ts';
import { formOf, isStateName, maybeStateName } from '../../state/ftl2/form.ts';
import { Groups } from '../../state/ftl2/groups.ts';
import { changedHost, type HostChanges, type Values } from '../../state/ftl2/host.ts';
import { formatOf, inventoryIn } from '../../state/ftl2/inventory.ts';
import { editInventory } from '../../state/ftl2/inventory-edit.ts';
import { exportable, mergeIntoInventory, withoutSecrets } from '../../state/ftl2/inventory-export.ts';
import { printInventory } from '../../state/ftl2/inventory-print.ts';
import { standingState } from '../../state/ftl2/write.ts';
import type { FilePlan } from '../files.ts';
import { changesBetween, hostRow } from './changes.ts';
import {
  about,
  draftedOperation,
  notRecorded,
  problem,
  secretsLeftOut,
  warning,
  type Draft,
} from './draft.ts';

/** The draft of a host that is added to an inventory or changed in it. Secrets stay out of it. */
export async function changeInInventory(
  root: string,
  file: string,
  name: string,
  changes: HostChanges,
  how: 'add' | 'edit',
): Promise<Draft> {
  const document = await readDocument(root, file);
  const inventory = inventoryIn(document);
  const before = inventory.host(name);
  if (!before && how === 'edit') return { changes: [], findings: [notRecorded(name, file)], files: [] };
  const { kept, left } = withoutSecrets(changes.variables ?? {});
  const { address, port, user, without = [] } = changes;
  const said: Values = {
    ...(address !== undefined && { ansible_host: address }),
    ...(typeof port === 'number' && { ansible_port: port }),
    ...(typeof user === 'string' && { ansible_user: user }),
    ...kept,
  };
  const own = inventory.hosts.get(name)?.variables ?? {};
  const set = Object.fromEntries(
    Object.entries(said).filter(([each, value]) => !isDeepStrictEqual(own[each], value)),
  );
  const unset = [
    ...(port === null ? ['ansible_port'] : []),
    ...(user === null ? ['ansible_user'] : []),
    ...without,
  ];
  const wanted = changes.groups?.length === 0 ? ['ungrouped'] : changes.groups;
  const groups = how === 'add' && wanted ? [...new Set([...(before?.groups ?? []), ...wanted])] : wanted;
  const text = editInventory(document, name, { groups, set, unset });
  // Groups may say what the host itself does not.
  const read = inventoryIn({ ...document, text }).host(name) ?? { name, groups: [], variables: {} };
  const meant = {
    address,
    port: port ?? undefined,
    user: user ?? undefined,
    groups,
    variables: kept,
    without,
  };
  return {
    changes: changesBetween(
      [file, 'host', name],
      before && hostRow(before),
      hostRow(changedHost(read, meant)),
    ),
    findings: secretsLeftOut(left),
    files: text === document.text ? [] : [replaced(document, text)],
  };
}

/** The draft of a host that is taken out of an inventory. */
export async function removeFromInventory(root: string, file: string, name: string): Promise<Draft> {
  const document = await readDocument(root, file);
  const host = inventoryIn(document).host(name);
  if (!host) return { changes: [], findings: [notRecorded(name, file)], files: [] };
  return {
    changes: changesBetween([file, 'host', name], hostRow(host), undefined),
    findings: [],
    files: [replaced(document, editInventory(document, name, { groups: [], set: {}, unset: [] }))],
  };
}

export interface ExportInventory {
  readonly root: string;
  /** State files and inventories below the root. */
  readonly from: readonly string[];
  /** A new file; its ending tells the format. The plan has its text as a preview. */
  readonly to: string;
}

/** Writes the hosts of states and inventories into a new inventory. Secrets stay out of it. */
export function exportFtl2Inventory(now: () => Instant): Operation<ExportInventory, FilePlan> {
  return draftedOperation(now, {
    id: 'ftl2.export-inventory',
    title: ({ to }) => say('Export an inventory to {0}', clean(to)),
    target: ({ to }) => to,
    risk: 'none',
    draft: async ({ root, from, to }, at) => {
      const document = await readDocument(root, to);
      const { inventory, secrets, inexact, unusable } = exportable(await everything(root, from, at));
      const names = [...inventory.hosts.keys()];
      const text = printInventory(inventory, formatOf(to));
      return {
        changes: names.flatMap(name => {
          const host = inventory.host(name);
          return host ? changesBetween([to, 'host', name], undefined, hostRow(host)) : [];
        }),
        findings: [
          ...(document.text === undefined
            ? []
            : [problem('exists', say('{0} is there already.', clean(to)))]),
          ...(names.length > 0 ? [] : [problem('no-hosts', say('There is no host to export.'))]),
          ...secretsLeftOut(secrets),
          ...about(inexact, list =>
            warning(
              'inexact',
              say('Left out, because the number is too long to be read exactly: {0}.', list),
            ),
          ),
          ...about(unusable, list =>
            problem('unusable', say('No inventory can hold these names: {0}.', list)),
          ),
        ],
        files: [replaced(document, text)],
        preview: { file: document.file, text },
      };
    },
  });
}

/** All hosts of the files. In several inventories the last one counts, before it what states say. */
async function everything(root: string, from: readonly string[], now: Instant): Promise<Groups> {
  const inventory = new Groups();
  const isState = (file: string): boolean => maybeStateName(path.basename(file));
  for (const file of from.filter(each => !isState(each)))
    inventoryIn(await readDocument(root, file), inventory);
  for (const file of from.filter(isState)) {
    const document = await readDocument(root, file);
    const value = Fields.of(valueOf(document));
    const isRun = value && formOf(value, isStateName(path.basename(file))) === 'run';
    if (!isRun) mergeIntoInventory(inventory, standingState(document, now));
  }
  return inventory;
}
