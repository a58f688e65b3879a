import { newNode } from '../../../scripts/install.mjs';
import { must, temporaryFolder } from '../../../scripts/run.mjs';

/** A new folder with the demo in it, dated relative to today. */
export async function demoWorkspace(): Promise<string> {
  const folder = emptyWorkspace();
  await must(await newNode(), ['demo/make.ts', folder]);
  return folder;
}

export function emptyWorkspace(): string {
  return temporaryFolder('workspace');
}
