import path from 'node:path';
import * as vscode from 'vscode';
import { clean, say, type Clean } from '../base/clean.ts';
import { nameIn, type Key } from '../base/finding.ts';
import type { Request } from '../operations/operation.ts';
import type { Resource, Server } from '../state/model.ts';
import type { ChangeCommand } from './changes.ts';
import type { Desk } from './desk.ts';
import { ask, pickProject } from './pick.ts';
import { subjectOf } from './subject.ts';

/** The commands that change FTL2's hosts and resources. */
export const HOST_CHANGES: Readonly<Record<string, ChangeCommand>> = {
  'shipshape.addHost': { action: () => say('Add Host'), ask: askForNewHost },
  'shipshape.editHost': {
    action: () => say('Change Host'),
    ask: (desk, key) => onHost(desk, key, askForHostChange),
  },
  'shipshape.removeHost': {
    action: () => say('Remove Host'),
    ask: (desk, key) =>
      onHost(desk, key, async (server, files) => {
        const withResources = server.resources.length > 0 ? await askForResources(server) : false;
        return withResources === undefined
          ? undefined
          : {
              operation: 'ftl2.remove-host',
              input: { ...files, name: server.name, resources: withResources },
            };
      }),
  },
  'shipshape.recordHost': {
    action: () => say('Record Host'),
    ask: (desk, key) =>
      onHost(desk, key, async ({ name }, { root, inventory }) => {
        const files = desk.state.now.projects.find(each => each.root === root && each.tool === 'ftl2');
        const states = (files && desk.state.place(files.key)?.files) ?? [];
        const items = states.map(file => filesOf(root, file).state).filter(each => each !== undefined);
        const state =
          items.length > 1
            ? await vscode.window.showQuickPick(items, { title: say('Write into') })
            : items[0];
        return state === undefined || inventory === undefined
          ? undefined
          : { operation: 'ftl2.record-host', input: { root, state, inventory, name } };
      }),
  },
  'shipshape.addResource': {
    action: () => say('Add Resource'),
    ask: (desk, key) =>
      onHost(desk, key, async (server, { root, state }) => {
        if (state === undefined) return undefined;
        const title = say('Resource of {0}', server.name);
        const type = await ask(title, say('Type, such as linode'));
        const id = type && (await ask(title, say('Id at the provider')));
        const resource = id && { type, id, name: server.name, data: {}, tags: {} };
        return resource ? { operation: 'ftl2.add-resource', input: { root, state, resource } } : undefined;
      }),
  },
  'shipshape.removeResource': {
    action: () => say('Remove Resource'),
    ask: (desk, key) =>
      onResource(desk, key, (_, input) => Promise.resolve({ operation: 'ftl2.remove-resource', input })),
  },
  'shipshape.editTags': {
    action: () => say('Change Tags'),
    ask: (desk, key) => onResource(desk, key, askForTags),
  },
  'shipshape.exportInventory': { action: () => say('Export'), ask: askForExport },
};

interface HostFiles {
  readonly root: string;
  readonly state?: string;
  readonly inventory?: string;
}

async function askForNewHost(desk: Desk): Promise<Request | undefined> {
  const project = await pickProject(desk, say('Add a host to'), ({ tool }) => tool === 'ftl2');
  const place = project && desk.state.place(project.key);
  if (!place) return undefined;
  const files = await pickFiles(place.root, place.files);
  const title = say('New host');
  const name = files && (await ask(title, say('Name')));
  const address = name && (await ask(title, say('Address'), name));
  if (!files || !name || !address) return undefined;
  const user = await ask(title, say('User; empty: whoever connects'), '', isAnything);
  const port = user === undefined ? undefined : await ask(title, say('Port'), '22', isPort);
  const groups =
    port === undefined ? undefined : await ask(title, say('Groups, divided by commas'), '', isAnything);
  if (groups === undefined) return undefined;
  const host = {
    name,
    address,
    ...(user && { user }),
    port: Number(port),
    groups: parts(groups),
    variables: {},
  };
  return { operation: 'ftl2.add-host', input: { ...files, host } };
}

/** Which of the files of a folder are written: one, or a state together with an inventory. */
async function pickFiles(root: string, files: readonly string[]): Promise<HostFiles | undefined> {
  const choices = files.map(file => ({ label: path.basename(file), files: filesOf(root, file) }));
  const [state, inventory] = [
    choices.find(each => each.files.state),
    choices.find(each => each.files.inventory),
  ];
  const both = { ...state?.files, ...inventory?.files, root };
  const all =
    state && inventory
      ? [{ label: say('{0} and {1}', clean(state.label), clean(inventory.label)), files: both }]
      : [];
  const items = [...all, ...choices];
  return items.length === 1
    ? items[0]?.files
    : (await vscode.window.showQuickPick(items, { title: say('Write into') }))?.files;
}

async function askForHostChange(
  { name, address, port, user, groups }: Server,
  files: HostFiles,
): Promise<Request | undefined> {
  const title = say('Change {0}', name);
  const fields = [
    {
      label: say('Address'),
      description: address,
      change: (text: string) => ({ address: text }),
      check: isFilled,
    },
    {
      label: say('User'),
      description: user,
      change: (text: string) => ({ user: text || null }),
      check: isAnything,
    },
    {
      label: say('Port'),
      description: String(port ?? 22),
      change: (text: string) => ({ port: Number(text) }),
      check: isPort,
    },
    {
      label: say('Groups'),
      description: groups.join(', '),
      change: (text: string) => ({ groups: parts(text) }),
      check: isAnything,
    },
  ];
  const field = await vscode.window.showQuickPick(
    fields.map(each => ({ ...each, description: each.description ?? '' })),
    { title },
  );
  const text = field && (await ask(title, field.label, field.description, field.check));
  return text === undefined
    ? undefined
    : { operation: 'ftl2.edit-host', input: { ...files, name, changes: field?.change(text) } };
}

async function askForResources({ name, resources }: Server): Promise<boolean | undefined> {
  const items = [
    { label: say('Only the host'), resources: false },
    { label: say('The host and {0} recorded resources of its name', resources.length), resources: true },
  ];
  return (await vscode.window.showQuickPick(items, { title: say('Remove {0}', name) }))?.resources;
}

async function askForTags(
  { name, tags }: Resource,
  input: { readonly root: string; readonly state: string; readonly key: string },
): Promise<Request | undefined> {
  const before = Object.entries(tags).map(
    ([tag, value]) => `${tag}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  const text = await ask(
    say('Tags of {0}', name),
    say('name=value, divided by commas'),
    before.join(', '),
    isAnything,
  );
  if (text === undefined) return undefined;
  const set = Object.fromEntries(
    parts(text).map(each => {
      const [tag = '', ...rest] = each.split('=');
      return [tag.trim(), rest.join('=').trim()];
    }),
  );
  const without = Object.keys(tags).filter(tag => !Object.hasOwn(set, tag));
  return { operation: 'ftl2.tag-resource', input: { ...input, set, without } };
}

async function askForExport(desk: Desk): Promise<Request | undefined> {
  const project = await pickProject(desk, say('Export the inventory of'), ({ tool }) => tool === 'ftl2');
  const place = project && desk.state.place(project.key);
  const to =
    place && (await ask(say('Export inventory'), say('A new file: .yml, .ini or .json'), 'exported.yml'));
  const from = place?.files.map(file => path.basename(file));
  return to ? { operation: 'ftl2.export-inventory', input: { root: place.root, from, to } } : undefined;
}

function onHost(
  { state }: Desk,
  key: Key | undefined,
  make: (server: Server, files: HostFiles) => Promise<Request | undefined>,
): Promise<Request | undefined> {
  const subject = key === undefined ? undefined : subjectOf(state.now, key);
  if (!subject?.server) return Promise.resolve(undefined);
  return make(subject.server, filesOf(subject.project.root, subject.server.source.file));
}

function onResource(
  { state }: Desk,
  key: Key | undefined,
  make: (
    resource: Resource,
    input: { readonly root: string; readonly state: string; readonly key: string },
  ) => Promise<Request | undefined>,
): Promise<Request | undefined> {
  const subject = key === undefined ? undefined : subjectOf(state.now, key);
  if (!subject?.resource) return Promise.resolve(undefined);
  const { project, resource } = subject;
  const file = path.basename(resource.source.file);
  return make(resource, { root: project.root, state: file, key: nameIn(resource.key) });
}

/** All files of a project of FTL2 lie in its folder; those that are no inventory are states. */
function filesOf(root: string, file: string): HostFiles {
  const name = path.basename(file);
  return /^(?:inventory|hosts)\./.test(name) ? { root, inventory: name } : { root, state: name };
}

function parts(text: string): readonly string[] {
  return text
    .split(',')
    .map(each => each.trim())
    .filter(each => each !== '');
}

const isFilled = (text: string): Clean | undefined =>
  text.trim() === '' ? say('Something has to stand here') : undefined;
const isAnything = (): undefined => undefined;
const isPort = (text: string): Clean | undefined =>
  /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535
    ? undefined
    : say('A port from 1 to 65535');
