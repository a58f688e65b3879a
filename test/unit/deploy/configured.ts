import { onTestFinished } from 'vitest';
import { clean } from '../../../src/base/clean.ts';
import { applicationOf } from '../../../src/deploy/configuration/application-of.ts';
import type { Application, AppService } from '../../../src/deploy/configuration/application.ts';
import type { Finding } from '../../../src/base/finding.ts';
import type { Files } from '../../kit/files.ts';
import { workspace } from '../../kit/workspace.ts';

export interface Read {
  readonly application?: Application;
  readonly findings: readonly Finding[];
  /** `error 7: text`, with the line where there is one. */
  readonly told: readonly string[];
}

interface Options {
  readonly tool?: 'tako' | 'stagecraft';
  readonly environment?: string;
  /** Of this machine. */
  readonly variables?: NodeJS.ProcessEnv;
  readonly sample?: string;
}

/** Reads what a project wants an environment to run. */
export async function read(
  files: Files,
  { tool = 'tako', environment = 'production', variables = {}, sample }: Options = {},
): Promise<Read> {
  const space = workspace(onTestFinished);
  if (sample !== undefined) space.sample(sample);
  space.write(files);
  const where = {
    tool,
    root: space.root,
    environment,
    project: clean('shop'),
    isProduction: false,
    servers: [],
  };
  const { application, findings } = await applicationOf(where, new AbortController().signal, variables);
  const told = findings.map(({ severity, text, at }) => `${severity} ${at?.line ?? '-'}: ${text}`);
  return { ...(application && { application }), findings, told };
}

/** A configuration with one environment; a service is written as YAML in one line. */
export function tako(
  services: Readonly<Record<string, string>>,
  more = '',
): { readonly 'tako.yaml': string } {
  return {
    'tako.yaml': [
      'project: { name: shop, version: 1.10 }',
      'servers: { web01: { host: 10.0.0.1, user: root }, web02: { host: 10.0.0.2, user: root } }',
      'environments:',
      '  production:',
      '    servers: [web01]',
      '    services:',
      ...Object.entries(services).map(([name, service]) => `      ${name}: ${service}`),
      more,
      '',
    ].join('\n'),
  };
}

/** The line of the first service of {@link tako}. */
export const FIRST_LINE = 7;

/** The only service of an application that has nothing to complain about. */
export async function readOne(
  service: string,
  files: Files = {},
  options: Options = {},
): Promise<AppService> {
  const { application, told } = await read({ ...tako({ web: service }), ...files }, options);
  const [only] = application?.services ?? [];
  if (!only || told.length > 0) throw new Error(told.join('\n'));
  return only;
}

/** What is told of a service. */
export async function toldOf(
  service: string,
  files: Files = {},
  options: Options = {},
): Promise<readonly string[]> {
  return (await read({ ...tako({ web: service }), ...files }, options)).told;
}
