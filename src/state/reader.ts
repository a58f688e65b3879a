import { say } from '../base/clean.ts';
import { incomparable } from './compare.ts';
import { findPlaces } from './find.ts';
import { withOwnFindings } from './left-over.ts';
import type { Tool } from './model.ts';
import { NO_OUTLINE } from './outline.ts';
import type { Place, Reader, Source } from './source.ts';

/** All sources behind one face, in this thread. */
export function createReader(sources: readonly Source[]): Reader {
  const byTool = new Map<Tool, Source>(sources.map(source => [source.tool, source]));
  const sourceOf = ({ tool }: Place): Source => {
    const source = byTool.get(tool);
    if (!source) throw new Error(`no source for ${tool}`);
    return source;
  };
  return {
    find: (path, signal) => findPlaces(path, sources, signal),
    read: async (place, rows, signal) =>
      withOwnFindings(place, await sourceOf(place).read(place, rows, signal)),
    text: (place, key, signal) => sourceOf(place).text(place, key, signal),
    compare: async (place, a, b, signal) =>
      (await sourceOf(place).compare?.(place, a, b, signal)) ??
      incomparable(say('Of this project nothing can be compared.')),
    outline: async (place, live, signal) =>
      (await sourceOf(place).outline?.(place, live, signal)) ?? NO_OUTLINE,
    close: async () => {
      for (const source of sources) await source.close?.();
    },
  };
}
