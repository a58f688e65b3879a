import { clean, say } from '../../base/clean.ts';
import type { Instant } from '../../base/time.ts';
import type { Operation } from '../../operations/operation.ts';
import { changedValues, valuesOf, type Values } from '../../state/ftl2/host.ts';
import {
  addResource,
  removeResource,
  resourceEntry,
  resourceKey,
  tagResource,
  type CloudResource,
  type StandingState,
} from '../../state/ftl2/write.ts';
import type { FilePlan } from '../files.ts';
import { changesBetween, resourceRow } from './changes.ts';
import { draftedOperation, nothingDestroyed, notRecorded, replacedBy, stateDraft } from './draft.ts';

export interface AddResource {
  readonly root: string;
  readonly state: string;
  readonly resource: CloudResource;
}

/** A recorded resource. */
export interface ResourceIn {
  readonly root: string;
  readonly state: string;
  readonly key: string;
}

export interface TagResource extends ResourceIn {
  readonly set: Readonly<Record<string, string>>;
  readonly without: readonly string[];
}

/** Records a resource. Of one that is recorded, data and tags are replaced. */
export function addFtl2Resource(now: () => Instant): Operation<AddResource, FilePlan> {
  return draftedOperation(now, {
    id: 'ftl2.add-resource',
    title: ({ resource: { name }, state }) => say('Add resource {0} to {1}', clean(name), clean(state)),
    target: ({ resource: { name } }) => name,
    risk: 'none',
    draft: ({ root, state, resource }, at) =>
      stateDraft(root, state, at, standing => {
        const { form, resources } = standing;
        const key = resourceKey(form, resource);
        const before = resources.get(key);
        const { data, tags } = resource;
        const after = form === 'go' && before ? { ...before, data, tags } : resourceEntry(form, resource);
        return {
          edits: addResource(standing, resource, at),
          changes: resourceChanges(standing, key, after),
          findings: before ? [replacedBy(key)] : [],
        };
      }),
  });
}

/** Takes a resource out of a state. What it stands for stays. */
export function removeFtl2Resource(now: () => Instant): Operation<ResourceIn, FilePlan> {
  return draftedOperation(now, {
    id: 'ftl2.remove-resource',
    title: ({ key, state }) => say('Remove resource {0} from {1}', clean(key), clean(state)),
    target: ({ key }) => key,
    risk: 'typed',
    draft: ({ root, state, key }, at) =>
      stateDraft(root, state, at, standing => ({
        edits: removeResource(standing, key),
        changes: resourceChanges(standing, key, undefined),
        findings: [standing.resources.has(key) ? nothingDestroyed() : notRecorded(key, state)],
      })),
  });
}

/** Sets some tags of a resource and takes others away. */
export function tagFtl2Resource(now: () => Instant): Operation<TagResource, FilePlan> {
  return draftedOperation(now, {
    id: 'ftl2.tag-resource',
    title: ({ key }) => say('Change the tags of {0}', clean(key)),
    target: ({ key }) => key,
    risk: 'none',
    draft: ({ root, state, key, set, without }, at) =>
      stateDraft(root, state, at, standing => {
        const before = standing.resources.get(key);
        if (!before) return { edits: [], changes: [], findings: [notRecorded(key, state)] };
        const tags = changedValues(valuesOf(before.tags), set, without);
        return {
          edits: tagResource(standing, key, tags, at),
          changes: resourceChanges(standing, key, { ...before, tags }),
          findings: [],
        };
      }),
  });
}

function resourceChanges(
  { form, document, resources }: StandingState,
  key: string,
  after: Values | undefined,
) {
  const before = resources.get(key);
  return changesBetween(
    [document.path, 'resource', key],
    before && resourceRow(form, before),
    after && resourceRow(form, after),
  );
}
