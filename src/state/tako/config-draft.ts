import { stringify } from 'yaml';
import type { NewDeployment } from './deployment.ts';

/** How a server is reached, for a configuration. */
export interface ServerDraft {
  readonly host: string;
  readonly user?: string;
  readonly port?: number;
}

/** The least `tako.yaml` of what runs: its servers and images. */
export function configText(
  project: string,
  { environment, services }: Pick<NewDeployment, 'environment' | 'services'>,
  servers: Readonly<Record<string, ServerDraft>>,
): string {
  const about = Object.entries(services ?? {}).map(([name, { image, ports, replicas }]) => {
    const [port] = ports;
    return [
      name,
      { image, ...(port !== undefined && { port }), ...(replicas !== 1 && { replicas }) },
    ] as const;
  });
  const config = {
    project: { name: project, version: '1.0.0' }, // Tako wants one
    servers,
    environments: {
      [environment]: { servers: Object.keys(servers), services: Object.fromEntries(about) },
    },
  };
  return `# Made from what servers were seen to run. What they do not tell (variables, secrets, volumes) has to be added.\n${stringify(config)}`;
}
