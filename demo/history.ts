/** What acme's people committed, and how it becomes a Git repository. */
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { writeFiles } from '../test/kit/files.ts';
import { DAY } from '../test/kit/times.ts';
import { FIRST_FILES } from './files.ts';
import { inventory } from './hosts.ts';

interface Commit {
  readonly daysAgo: number;
  readonly by: 'maria' | 'ana' | 'tom';
  readonly subject: string;
  /** Files, and the line that is added to each. */
  readonly lines: Readonly<Record<string, string>>;
}

const WEB = 'acme-shop/web/shop.js';
const CART = 'acme-shop/web/cart.js';
const WORKER = 'acme-shop/worker/jobs.js';
const INVOICES = 'billing/backend/invoices.js';

/** Oldest first. Deployments name a commit by its subject's key. */
const COMMITS = {
  start: commit(34, 'maria', 'Start the shop', WEB, "import { cart } from './cart.js';"),
  cart: commit(33, 'ana', 'Add the cart', CART, 'export const cart = { lines: [] };'),
  jobs: commit(32.5, 'tom', 'Add the worker that sends mails', WORKER, "export const queue = 'mails';"),
  invoices: commit(31, 'ana', 'Start billing', INVOICES, 'export const currency = "EUR";'),
  search: commit(29, 'maria', 'Search products by name', WEB, "export const searchFields = ['name'];"),
  stock: commit(27.5, 'tom', 'Show what is in stock', WEB, 'export const showStock = true;'),
  totals: commit(
    26,
    'ana',
    'Round totals to cents',
    CART,
    'export const round = cents => Math.round(cents);',
  ),
  reminders: commit(24, 'tom', 'Send reminders once a day', WORKER, 'export const reminderHours = 24;'),
  discounts: commit(21.5, 'maria', 'Add discount codes', CART, 'export const discountCodes = true;'),
  pdf: commit(20, 'ana', 'Write invoices as PDF', INVOICES, "export const formats = ['html', 'pdf'];"),
  images: commit(18, 'tom', 'Load product images lazily', WEB, "export const imageLoading = 'lazy';"),
  retry: commit(15.5, 'tom', 'Try a failed mail three times', WORKER, 'export const attempts = 3;'),
  guests: commit(13, 'maria', 'Let guests check out', CART, 'export const guestCheckout = true;'),
  vat: commit(11.5, 'ana', 'Compute VAT per country', INVOICES, "export const vatBy = 'country';"),
  languages: commit(
    9,
    'tom',
    'Speak Spanish and German',
    WEB,
    "export const languages = ['en', 'es', 'de'];",
  ),
  limits: commit(6.5, 'maria', 'Limit a cart to 50 items', CART, 'export const itemLimit = 50;'),
  sessions: commit(4, 'tom', 'Keep sessions in the database', WEB, "export const sessions = 'database';"),
  sessionFix: commit(
    3.1,
    'maria',
    'Create the sessions table first',
    WEB,
    "export const migrations = ['sessions'];",
  ),
  dunning: commit(2.4, 'ana', 'Remind of unpaid invoices', INVOICES, 'export const dunningDays = [14, 28];'),
  reviews: commit(1.2, 'ana', 'Show product reviews', WEB, 'export const reviews = true;'),
  express: commit(
    0.25,
    'maria',
    'Offer express delivery',
    CART,
    "export const delivery = ['post', 'express'];",
  ),
  wishlist: commit(0.06, 'tom', 'Add a wish list', WEB, 'export const wishList = true;'),
  mailText: commit(0.05, 'ana', 'Shorten the order mail', WORKER, 'export const mailLines = 12;'),
  giftCards: commit(0.03, 'maria', 'Sell gift cards', CART, 'export const giftCards = true;'),
  credit: commit(0.02, 'ana', 'Write credit notes', INVOICES, "export const kinds = ['invoice', 'credit'];"),
} as const satisfies Record<string, Commit>;

export type CommitName = keyof typeof COMMITS;

/** A commit's full id, and when it was made. */
export type History = Readonly<Record<CommitName, { readonly id: string; readonly at: number }>>;

/** Makes the repository with everything that is not ignored in it. */
export function commitHistory(folder: string, now: number): History {
  git(folder, ['init', '--quiet', '--initial-branch=main']);
  writeFiles(folder, { ...FIRST_FILES, 'infra/inventory.yml': inventory() });
  const entries = Object.entries(COMMITS).map(([name, each]) => {
    const at = Math.floor(now - each.daysAgo * DAY);
    for (const [file, line] of Object.entries(each.lines)) {
      mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
      appendFileSync(path.join(folder, file), `${line}\n`);
    }
    git(folder, ['add', '--all']);
    git(folder, ['commit', '--quiet', '--message', each.subject], each.by, at);
    return [name, { id: git(folder, ['rev-parse', 'HEAD']).trim(), at }];
  });
  return Object.fromEntries(entries) as History; // one entry for each commit
}

/** The text of a file as a commit has it. */
export function fileAt(folder: string, commitId: string, file: string): string {
  return git(folder, ['show', `${commitId}:${file}`]);
}

function commit(daysAgo: number, by: Commit['by'], subject: string, file: string, line: string): Commit {
  return { daysAgo, by, subject, lines: { [file]: line } };
}

/** Runs Git apart from the person's own configuration and from a repository around us. */
function git(folder: string, args: readonly string[], by = 'acme', at = 0): string {
  const date = `${Math.floor(at / 1000)} +0000`;
  const outside = Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_'));
  return execFileSync('git', ['-C', folder, ...args], {
    encoding: 'utf8',
    env: {
      ...Object.fromEntries(outside),
      GIT_CONFIG_GLOBAL: os.devNull,
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_AUTHOR_NAME: by,
      GIT_AUTHOR_EMAIL: `${by}@acme.test`,
      GIT_AUTHOR_DATE: date,
      GIT_COMMITTER_NAME: by,
      GIT_COMMITTER_EMAIL: `${by}@acme.test`,
      GIT_COMMITTER_DATE: date,
    },
  });
}
