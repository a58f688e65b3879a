import type { FileWrite } from '../../src/base/write.ts';

/** What is written together, one generation after the other. */
export interface Shape {
  readonly bytes: number;
  /** More than one file: these need a mark to change together. */
  readonly several: boolean;
}

/** The files of one generation. No two generations have a part in common that could be taken for the other's. */
export function generation(round: number, { bytes, several }: Shape): readonly FileWrite[] {
  const first = { path: 'state.json', content: document(round, bytes) };
  if (!several) return [first];
  return [
    first,
    { path: 'deep/er/history.json', content: document(round, Math.max(4096, bytes >> 3)) },
    { path: 'comes-and-goes.json', content: round % 2 === 0 ? null : document(round, 4096) },
  ];
}

function document(round: number, bytes: number): Buffer {
  const content = Buffer.alloc(bytes, `${round} `);
  content.write('{"": "');
  content.write('"}', bytes - 2);
  return content;
}
