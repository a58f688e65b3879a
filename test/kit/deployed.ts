/** What servers answered of what was deployed to them, and services as a configuration says them, for judging. */
import { clean } from '../../src/base/clean.ts';
import type { AppService } from '../../src/deploy/configuration/application.ts';
import type { Asked } from '../../src/deploy/plan/asked.ts';
import { bareService } from '../../src/deploy/configuration/bare-service.ts';
import type { EnvironmentRef } from '../../src/deploy/requests.ts';
import type { NoAnswer, ObservedContainer, ServerAnswer } from '../../src/state/observed.ts';
import { answerOf, container, deployedBy } from './observed.ts';

export const idOf = (digit: string): string => `sha256:${digit.repeat(64)}`;

const SILENT: NoAnswer = { code: 'unreachable', what: clean('Nobody answers.'), next: clean('Try again.') };

/** A server that answered this, or did not answer. */
export function asked(name: string, answer: Partial<ServerAnswer> | 'silent' = {}): Asked {
  const server = { id: name, name: clean(name), target: { host: name } };
  if (answer === 'silent') return { server, observation: { at: 0, failure: SILENT } };
  return { server, observation: { at: 0, answer: answerOf('1.2.0', answer) } };
}

/** A container of a service that runs the image of this digit, with the settings that a service of the same name has here. */
export function runs(
  service: string,
  digit = '1',
  about: Partial<ObservedContainer> & { readonly release?: string; readonly hash?: string } = {},
): ObservedContainer {
  const { release = 'deploy-1', hash = service, ...others } = about;
  return container(service, {
    imageId: clean(idOf(digit)),
    deployed: deployedBy(service, release, { hash: clean(hash) }),
    ...others,
  });
}

export function service(name: string, about: Partial<AppService> = {}): AppService {
  return bareService(name, { hash: name, ...about });
}

export const where = (servers: readonly Asked[], about: Partial<EnvironmentRef> = {}): EnvironmentRef => ({
  tool: 'tako',
  root: '/',
  environment: 'production',
  project: clean('shop'),
  isProduction: true,
  servers: servers.map(({ server }) => server),
  ...about,
});
