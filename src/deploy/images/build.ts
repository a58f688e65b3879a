import path from 'node:path';
import { clean, say, type Clean } from '../../base/clean.ts';
import { UserError } from '../../base/errors.ts';
import type { Run } from '../../operations/operation.ts';
import { sizeText } from '../../state/facts.ts';
import type { NewBuild } from '../../state/tako/build-cache.ts';
import { contextFolder, hashContext, listContext } from '../../state/tako/build-context.ts';
import type { AppBuild, Application, AppService } from '../configuration/application.ts';
import { keepArtifact } from './artifact.ts';
import { archiveOf } from './context-archive.ts';
import type { BuildRequest, Docker, Made } from './docker.ts';
import { DockerHere } from './docker-here.ts';
import { Lines } from '../lines.ts';
import { Pace } from './pace.ts';

export interface BuildOptions {
  readonly application: Application;
  /** What is built is kept as an archive in the project, too. */
  readonly keepArtifacts: boolean;
  /** Takes a line of what a build prints. */
  readonly onLine: (line: Clean) => Promise<void>;
  /** Takes what was built, for the record. */
  readonly onBuilt: (build: NewBuild) => Promise<void>;
}

const LINE_LIMIT = 8_000;

/** Builds the image of a service. */
export async function buildImage(
  service: AppService,
  reference: string,
  docker: Docker,
  options: BuildOptions,
  run: Run,
): Promise<Made> {
  const { onLine, application } = options;
  const line = (text: string): Promise<void> => onLine(clean(text, LINE_LIMIT, application.secrets));
  const lines = { out: new Lines(line), err: new Lines(line) };
  const take: BuildRequest['take'] = (stream, chunk) => lines[stream].add(chunk);
  try {
    return service.build?.program === undefined
      ? await fromContext(service, reference, { docker, take, ...options }, run)
      : await withEncore(service.build, reference, { docker, take, ...options }, run);
  } finally {
    await Promise.all([lines.out.end(), lines.err.end()]);
  }
}

interface Building extends BuildOptions {
  readonly docker: Docker;
  readonly take: BuildRequest['take'];
}

/** With a Dockerfile; what it was built from is recorded. */
async function fromContext(
  { name, imageFrom = name, build }: AppService,
  reference: string,
  { docker, take, application: { root }, keepArtifacts, onBuilt }: Building,
  run: Run,
): Promise<Made> {
  if (!build) throw new Error(`${name} is not built`);
  const { signal } = run;
  const { args, target, values } = build;
  const dockerfile = path.posix.normalize(build.dockerfile ?? 'Dockerfile');
  if (/^(\.\.)?\//.test(dockerfile)) throw outside(dockerfile, name);
  // Before it is sent: what changes meanwhile is another build's.
  const checksums = await hashContext(root, build, signal);
  const files = await listContext(root, build, signal);
  const called = clean(reference);
  const where = docker.server === undefined ? say('this machine') : clean(docker.server);
  run.log(say('Building {0} on {1} from {2} files', called, where, files.size));
  const pace = new Pace(bytes => run.log(say('{0}: {1} sent to be built', called, sizeText(bytes))));
  const made = await docker.build(
    {
      name: reference,
      dockerfile,
      target,
      args: values,
      take,
      archive: pace.of(archiveOf(files, dockerfile, signal)),
    },
    signal,
  );
  if (keepArtifacts) await keepArtifact(root, imageFrom, { id: made.id, reference }, docker, signal);
  const image = { tag: reference, id: made.id, sizeBytes: made.bytes };
  await onBuilt({ service: imageFrom, files: checksums, args, image });
  return made;
}

/** What Encore reads is not known, so that it is built each time. */
async function withEncore(
  { context }: AppBuild,
  reference: string,
  { docker, take, application: { root } }: Building,
  run: Run,
): Promise<Made> {
  if (!(docker instanceof DockerHere)) throw new Error('Encore is a program of this machine');
  const folder = await contextFolder(root, context);
  run.log(say('Building {0} on this machine with Encore', clean(reference)));
  return docker.buildWithEncore({ name: reference, folder, take }, run.signal);
}

function outside(dockerfile: string, service: string): UserError {
  return new UserError('build-context', {
    what: say('The Dockerfile of {0} lies outside of its build context.', clean(service)),
    where: dockerfile,
    next: say('Move it into the context, or name a context that holds it.'),
  });
}
