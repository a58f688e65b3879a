import path from 'node:path';
import { clean, join, say, type Clean } from '../base/clean.ts';
import { isWithin } from '../base/files.ts';
import type { Environment, Outcome, Project, Release, ReleaseEntry, State } from '../state/model.ts';

/** A release's name: its version, else the tag of its images, else its short commit, else its id. */
export function releaseName(release: ReleaseEntry): Clean {
  return release.version ?? imageTag(release) ?? shortCommit(release) ?? release.id;
}

/** The name under which a release is picked from a list. */
export function pickName(release: ReleaseEntry): Clean {
  const commit = shortCommit(release);
  const name = releaseName(release);
  return commit && commit !== name ? say('{0} ({1})', name, commit) : name;
}

export function shortCommit({ commit }: Pick<Release, 'commit'>): Clean | undefined {
  return commit === undefined ? undefined : shortened(commit);
}

/** A commit's usual seven digits; anything else as it is. */
function shortened(name: Clean): Clean {
  return /^[0-9a-f]{8,}$/i.test(name) ? clean(name.slice(0, 7)) : name;
}

/** The one tag that all images built for the project carry. Images from elsewhere (`postgres:16`) do not count. */
function imageTag({ services }: ReleaseEntry): Clean | undefined {
  const own = services.map(({ image }) => image).filter(image => image?.includes('/'));
  const tags = new Set(own.map(tagOf));
  const [tag] = tags;
  return tags.size === 1 && tag !== undefined ? shortened(tag) : undefined;
}

/** A name within the title of a button: "Deploy to Production". */
export function inTitle(name: Clean): Clean {
  return clean(name.charAt(0).toUpperCase() + name.slice(1));
}

/** `registry:5000/shop/web:v1` -> `v1`. */
export function tagOf(image: Clean | undefined): Clean | undefined {
  const tag = image?.split('/').pop()?.split('@')[0]?.split(':')[1];
  return tag === undefined ? undefined : clean(tag, 60);
}

/** A project's name, with its folder where another one of the same tool is called so too: two checkouts, say. */
export function projectName({ projects, searched }: State, { tool, name, root, key }: Project): Clean {
  const isTwice = projects.some(each => each.key !== key && each.tool === tool && each.name === name);
  if (!isTwice) return name;
  const opened = searched.find(folder => isWithin(root, folder)) ?? path.dirname(root);
  return say('{0} ({1})', name, clean(path.relative(opened, root) || path.basename(root), 80));
}

export function toolName({ tool }: Project): Clean {
  switch (tool) {
    case 'tako':
      return say('Tako');
    case 'stagecraft':
      return say('Stagecraft');
    case 'ftl2':
      return say('FTL2');
    case 'sloth-runner':
      return say('sloth-runner');
  }
}

/** `production`, and `billing / prod` where the project is not the one the whole window is about. */
export function environmentName(state: State, project: Project, environment: Clean): Clean {
  return isMain(state, project) ? environment : say('{0} / {1}', projectName(state, project), environment);
}

/** The only project of its kind of content, or the one whose folder is opened. */
function isMain({ projects, searched }: State, project: Project): boolean {
  const alike = projects.filter(each => each.environments.length > 0);
  return alike.length <= 1 || (searched.length === 1 && searched[0] === project.root);
}

/** An outcome in words; an unknown status is shown as it is recorded. */
export function outcomeWords(outcome: Outcome, status: Clean): Clean {
  switch (outcome) {
    case 'succeeded':
      return say('succeeded');
    case 'failed':
      return say('failed');
    case 'partial':
      return say('partly deployed');
    case 'running':
      return say('running');
    case 'pending':
      return say('pending');
    case 'interrupted':
      return say('interrupted');
    case 'rolled-back':
      return say('rolled back');
    case 'unknown':
      return say('status "{0}" is not known', status);
  }
}

export function describe(...parts: readonly (Clean | undefined)[]): Clean {
  return join(parts, ' · ');
}

/** The release recorded as current: not what runs, which only servers can tell. */
export function currentRelease({ current, releases }: Environment): Release | undefined {
  return releases.find(({ id }) => id === current);
}
