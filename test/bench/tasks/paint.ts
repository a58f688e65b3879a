/** From nothing to the rows of a view: the thread starts, searches, reads; the store publishes; words make rows. */
import type { Measured } from '../harness.ts';

/** `cold`: in a process that has just begun, up to the rows. `warm`: the same again, by another window on that reader. */
export async function paint(folder: string, view: string): Promise<Measured> {
  const start = performance.now();
  const { openWindow } = await import('../window.ts');
  const window = openWindow();
  const rows = await window.rows(folder, view);
  const cold = performance.now() - start;

  const again = performance.now();
  const sameRows = await window.rows(folder, view);
  const warm = performance.now() - again;
  if (rows === 0 || rows !== sameRows) throw new Error(`${rows} rows first, ${sameRows} rows then`);
  return { cold, warm, rows };
}
