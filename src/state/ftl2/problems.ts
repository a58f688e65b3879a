import { say } from '../../base/clean.ts';
import type { Problem, Tally } from '../tally.ts';

/** What can be odd in FTL2's files. Warnings: something would go wrong or to the wrong machine, or a secret lies open. */
export const PROBLEMS = {
  'byte-order-mark': {
    severity: 'warning',
    text: () =>
      say(
        'The file begins with a byte order mark. FTL2 takes it for damaged, starts empty and overwrites it at its next change.',
      ),
  },
  'would-be-overwritten': {
    severity: 'warning',
    text: () =>
      say(
        'FTL2 takes a damaged state file for an empty one and overwrites it at its next change. Keep a copy.',
      ),
  },
  'wrong-form': {
    severity: 'warning',
    text: () =>
      say('Under this name FTL2 expects the state of its library. It would connect to wrong addresses.'),
  },
  'no-metadata': {
    severity: 'warning',
    text: () => say('"metadata" is missing. Go-FTL2 crashes at its next change of this file.'),
  },
  'newer-version': {
    severity: 'warning',
    text: which => say('Format version {0} is newer than what Shipshape knows.', which),
  },
  'null-entry': {
    severity: 'warning',
    text: which => say('{0}: null where a host or resource should be. FTL2 crashes on it.', which),
  },
  'other-name': {
    severity: 'warning',
    text: which => say('{0}: recorded under another name than the one inside.', which),
  },
  'other-address': {
    severity: 'warning',
    text: which => say('{0}: another address in the inventory. FTL2 may use either.', which),
  },
  'bad-port': {
    severity: 'warning',
    text: which => say('{0}: the port is not between 1 and 65535.', which),
  },
  'open-secrets': {
    severity: 'warning',
    text: which => say('{0}: secrets in clear text, in a file that others may read.', which),
  },
  'no-group': {
    severity: 'info',
    text: which => say('{0}: in no group.', which),
  },
  'no-address': {
    severity: 'info',
    text: which => say('{0}: no address of its own, the name is used.', which),
  },
  'same-address': {
    severity: 'info',
    text: which => say('{0}: the same address and port as another host.', which),
  },
} satisfies Record<string, Problem>;

export type Problems = Tally<keyof typeof PROBLEMS>;
