/** Operations as the editor runs them, in this process. */
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { openReader, openRunner } from '../../src/engine.ts';
import type { Plan, Request, StepEvent } from '../../src/operations/operation.ts';
import type { Report } from '../../src/operations/runner.ts';
import type { Place } from '../../src/state/source.ts';

const never = new AbortController().signal;

/** What a person is shown before anything is done. */
export function plan(request: Request, now?: () => number): Promise<Plan> {
  return openRunner({}, now).plan(structuredClone(request), never);
}

/** Plans and runs a request. `step` is told of every step, for what should happen in between. */
export async function perform(
  request: Request,
  { now, step }: { readonly now?: () => number; readonly step?: (event: StepEvent) => void } = {},
): Promise<Report> {
  const runner = openRunner({}, now);
  const seen = structuredClone(await runner.plan(structuredClone(request), never));
  return structuredClone(await runner.run(structuredClone(request), seen, never, step ? { step } : {}));
}

/** The one place of a tool in a folder. */
export async function placeOf(root: string, tool: Place['tool']): Promise<Place> {
  const reader = openReader({});
  const { places } = await reader.find(root, never);
  await reader.close();
  const [place, ...others] = places.filter(each => each.tool === tool && each.root === root);
  if (!place || others.length > 0) throw new Error(`not one place of ${tool} in ${root}`);
  return place;
}

/** Every file below a folder with its bytes, our own facts left out. */
export function contents(root: string): Readonly<Record<string, string>> {
  const names = readdirSync(root, { recursive: true, withFileTypes: true });
  const files = names.filter(each => each.isFile()).map(each => path.join(each.parentPath, each.name));
  return Object.fromEntries(
    files
      .map(file => path.relative(root, file))
      .filter(file => !file.startsWith('.shipshape'))
      .sort()
      .map(file => [file, readFileSync(path.join(root, file), 'latin1')]),
  );
}
