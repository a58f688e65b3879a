import path from 'node:path';
import * as vscode from 'vscode';
import { isCommit } from '../base/commit.ts';
import { clean, type Clean } from '../base/clean.ts';
import { isWithin } from '../base/files.ts';
import type { Key } from '../base/finding.ts';
import type { Environment, Project } from '../state/model.ts';
import type { WorkspaceState } from '../state/store.ts';
import { currentRelease } from '../words/names.ts';
import type { Undeployed, UndeployedByKey } from '../words/undeployed.ts';

// The part of the API of VS Code's Git extension that is used here (extensions/git/src/api/git.d.ts).
export interface Commit {
  readonly hash: string;
  readonly message: string;
  readonly parents: readonly string[];
  readonly authorDate?: Date;
  readonly authorName?: string;
  readonly shortStat?: { readonly files: number };
}

export interface ChangedFile {
  readonly uri: vscode.Uri;
  readonly originalUri: vscode.Uri;
  readonly renameUri?: vscode.Uri;
  readonly status: number;
}

export interface Repository {
  readonly rootUri: vscode.Uri;
  readonly state: {
    readonly HEAD:
      | {
          readonly commit?: string;
          readonly name?: string;
          readonly upstream?: { readonly name: string };
          /** Commits that its upstream does not have. */
          readonly ahead?: number;
        }
      | undefined;
    readonly indexChanges: readonly ChangedFile[];
    readonly workingTreeChanges: readonly ChangedFile[];
    readonly mergeChanges: readonly ChangedFile[];
    readonly untrackedChanges?: readonly ChangedFile[];
    readonly onDidChange: vscode.Event<void>;
  };
  getCommit(ref: string): Promise<Commit>;
  log(options: {
    readonly range?: string;
    readonly maxEntries?: number;
    readonly path?: string;
    readonly shortStats?: boolean;
  }): Promise<Commit[]>;
  diffWith(ref: string): Promise<ChangedFile[]>;
  diffBetween(from: string, to: string): Promise<ChangedFile[]>;
  getObjectDetails(ref: string, path: string): Promise<{ readonly object: string }>;
  fetch(): Promise<void>;
  /** Looks again at what is checked out. */
  status(): Promise<void>;
}

interface GitApi {
  readonly repositories: readonly Repository[];
  readonly onDidOpenRepository: vscode.Event<Repository>;
  readonly onDidCloseRepository: vscode.Event<Repository>;
  toGitUri(uri: vscode.Uri, ref: string): vscode.Uri;
}

/** The commit that is checked out. */
export interface Head {
  readonly id: string;
  readonly branch?: Clean;
  readonly dirty: boolean;
  /** Nothing where the branch has no upstream. */
  readonly pushed?: boolean;
  readonly subject: Clean;
}

/** More commits are not counted. */
const LIMIT = 500;
const QUIET_MS = 200;

/** What of the commits is not deployed yet, from VS Code's Git extension alone: no server is asked, no lock looked at. */
export class Git implements vscode.Disposable {
  private readonly state: WorkspaceState;
  private readonly disposables: { dispose(): unknown }[] = [];
  private readonly changes = new vscode.EventEmitter<void>();
  private readonly known = new Map<string, Promise<{ readonly count: number } | undefined>>();
  private api: GitApi | undefined;
  private timer: NodeJS.Timeout | undefined;
  private counted: UndeployedByKey = new Map();
  readonly onDidChange = this.changes.event;

  constructor(state: WorkspaceState) {
    this.state = state;
    this.disposables.push(
      this.changes,
      state.onChange(() => this.schedule()),
    );
  }

  /** Waits for the Git extension, which is off in Restricted Mode and where Git is switched off. */
  async start(): Promise<void> {
    const extension = vscode.extensions.getExtension<{ getAPI(version: 1): GitApi }>('vscode.git');
    if (!extension) return;
    const api = (await extension.activate()).getAPI(1);
    this.api = api;
    const listen = ({ state }: Repository): void => {
      this.disposables.push(state.onDidChange(() => this.schedule()));
    };
    this.disposables.push(
      api.onDidOpenRepository(repository => {
        listen(repository);
        this.schedule();
      }),
      api.onDidCloseRepository(() => this.schedule()),
    );
    api.repositories.forEach(listen);
    this.schedule();
  }

  get undeployed(): UndeployedByKey {
    return this.counted;
  }

  /** The repository that a folder is in: the innermost one. */
  repositoryOf(folder: string): Repository | undefined {
    return this.api?.repositories
      .filter(({ rootUri }) => isWithin(folder, rootUri.fsPath))
      .toSorted((a, b) => b.rootUri.fsPath.length - a.rootUri.fsPath.length)[0];
  }

  /** What would be deployed of a project: the commit that is checked out, and whether its files are as that has them. */
  async head(root: string): Promise<Head | undefined> {
    const repository = this.repositoryOf(root);
    await repository?.status(); // what was committed a moment ago may not have been seen yet
    const { commit, name, upstream, ahead = 0 } = repository?.state.HEAD ?? {};
    if (!repository || commit === undefined) return undefined;
    const { message } = await repository.getCommit(commit);
    return {
      id: commit,
      ...(name !== undefined && { branch: clean(name) }),
      dirty: uncommitted(repository, root).size > 0,
      ...(upstream && { pushed: ahead === 0 }),
      subject: clean(message.split('\n')[0], 200),
    };
  }

  /** The commits of a project since another one, newest first. */
  commitsSince(repository: Repository, commit: string, root: string): Promise<Commit[]> {
    return repository.log({ range: `${commit}..HEAD`, maxEntries: LIMIT + 1, path: root });
  }

  /** A file as it was at a commit. */
  at(uri: vscode.Uri, commit: string): vscode.Uri {
    return this.api?.toGitUri(uri, commit) ?? uri;
  }

  dispose(): void {
    clearTimeout(this.timer);
    vscode.Disposable.from(...this.disposables).dispose();
  }

  private schedule(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.count(), QUIET_MS);
  }

  private async count(): Promise<void> {
    if (!this.api) return;
    const counted = new Map<Key, Undeployed>();
    for (const project of this.state.now.projects) {
      const repository = this.repositoryOf(project.root);
      if (!repository) continue;
      for (const environment of project.environments) {
        const undeployed = await this.undeployedIn(repository, project, environment);
        if (undeployed) counted.set(environment.key, undeployed);
      }
    }
    this.counted = counted;
    this.changes.fire();
  }

  private async undeployedIn(
    repository: Repository,
    { root }: Project,
    environment: Environment,
  ): Promise<Undeployed | undefined> {
    const commit = deployedSince(environment);
    const head = repository.state.HEAD?.commit;
    if (commit === undefined || head === undefined) return undefined;
    const key = [repository.rootUri.fsPath, root, commit, head].join('\n');
    const asked = this.known.get(key) ?? this.countSince(repository, commit, root);
    // The last few hundred questions: HEAD moves, and nobody asks for the old one again.
    if (this.known.size > 200) this.known.clear();
    this.known.set(key, asked);
    const found = await asked;
    if (!found) this.known.delete(key); // it may be fetched, and HEAD stays where it is
    return {
      commits: found && Math.min(found.count, LIMIT),
      more: (found?.count ?? 0) > LIMIT,
      files: uncommitted(repository, root).size,
    };
  }

  private async countSince(
    repository: Repository,
    commit: string,
    root: string,
  ): Promise<{ readonly count: number } | undefined> {
    try {
      await repository.getCommit(commit);
      return { count: (await this.commitsSince(repository, commit, root)).length };
    } catch {
      return undefined; // Git says so by failing: not in this clone, or only the end of its history is
    }
  }
}

/** The commit that is recorded as deployed. */
export function deployedCommit(environment: Environment): string | undefined {
  const commit = (currentRelease(environment) ?? environment.releases[0])?.commit;
  return commit !== undefined && isCommit(commit) ? commit : undefined;
}

/** Of a release of some services, where one that was left alone is: what it lacks is not deployed. */
export function deployedSince(environment: Environment): string | undefined {
  const { services = [], commit } = currentRelease(environment) ?? environment.releases[0] ?? {};
  const behind = services.find(each => each.commit !== undefined && each.commit !== commit)?.commit;
  return behind !== undefined && isCommit(behind) ? behind : deployedCommit(environment);
}

/** What is recorded about deployments is not what is deployed. */
const STATE_FOLDERS = ['.tako', '.stagecraft', '.shipshape'];

function uncommitted({ state }: Repository, root: string): ReadonlySet<string> {
  const { indexChanges, workingTreeChanges, mergeChanges, untrackedChanges = [] } = state;
  const files = [...indexChanges, ...workingTreeChanges, ...mergeChanges, ...untrackedChanges].map(
    ({ uri }) => path.normalize(uri.fsPath),
  );
  const isState = (file: string): boolean =>
    STATE_FOLDERS.some(folder => isWithin(file, path.join(root, folder)));
  return new Set(files.filter(file => isWithin(file, root) && !isState(file)));
}
