/** How often each campaign does what it does: short in `npm test`, long in `npm run test:crash`. */
const isLong = process.env.SHIPSHAPE_CRASH === 'long';

const count = (short: number, long: number): number => (isLong ? long : short);

export const KILLS = count(300, 10_000);

/** How often each of several processes takes one lock, and how many holders are stopped and resumed. */
export const ROUNDS = count(50, 2_000);
export const STOPS = count(60, 1_000);

/** Of the system calls of one write, every how many-th is made to fail or to be the last. */
export const EVERY = count(7, 1);

/** Of a file of each kind: where it is cut off, at most (longer ones in steps), and how often bits of it are turned. */
export const CUTS = count(100, Infinity);
export const FLIPS = count(150, 10_000);

/** Releases that each of eight processes records in one history. */
export const RELEASES = count(8, 250);
/** Processes that are killed while they deploy. */
export const DEPLOYMENTS_KILLED = count(40, 1_000);

/** Migrations of an old state database that are killed. */
export const MIGRATIONS_KILLED = count(20, 500);
/** Restorations of a stack's record that are killed. */
export const ROLLBACKS_KILLED = count(20, 500);

/** How often a database is read while another process commits to it, and how often each of four tries to lock a stack. */
export const DATABASE_READS = count(300, 5_000);
export const LOCK_ATTEMPTS = count(100, 500);

/** How often a file is read beside a foreign writer. */
export const READS = count(200, 2_000);

/** What one campaign found, printed in both forms. */
export function figures(title: string, lines: readonly string[]): void {
  process.stdout.write(`${[title, ...lines.map(line => `    ${line}`)].join('\n')}\n`);
}
