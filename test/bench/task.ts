/** `node task.js TASK ARGS...`: measures one thing and prints the measurements as JSON. */
import type { Measured } from './harness.ts';

type Task = (...args: string[]) => Measured | Promise<Measured>;

// Loaded one by one: what a task does not use must not count in its time or memory.
const TASKS: Readonly<Record<string, () => Promise<Task>>> = {
  activate: async () => (await import('./tasks/activate.ts')).activate,
  paint: async () => (await import('./tasks/paint.ts')).paint,
  memory: async () => (await import('./tasks/memory.ts')).memory,
  change: async () => (await import('./tasks/change.ts')).change,
  burst: async () => (await import('./tasks/burst.ts')).burst,
  database: async () => (await import('./tasks/database.ts')).database,
  search: async () => (await import('./tasks/search.ts')).search,
  edit: async () => (await import('./tasks/edit.ts')).edit,
  compare: async () => (await import('./tasks/compare.ts')).compare,
  keystroke: async () => (await import('./tasks/keystroke.ts')).keystroke,
  naiveTako: async () => (await import('./tasks/naive.ts')).naiveTako,
  naiveReleases: async () => (await import('./tasks/naive.ts')).naiveReleases,
  naiveHosts: async () => (await import('./tasks/naive.ts')).naiveHosts,
  naiveDatabase: async () => (await import('./tasks/naive.ts')).naiveDatabase,
};

const [name = '', ...args] = process.argv.slice(2);
const load = TASKS[name];
if (!load) throw new Error(`no task ${name}`);
const task = await load();
process.stdout.write(JSON.stringify(await task(...args)));
// A thread that reads would keep the process alive.
process.exit();
