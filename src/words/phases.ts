import { clean } from '../base/clean.ts';
import { keyBelow } from '../base/finding.ts';
import type { Instant } from '../base/time.ts';
import type { Phase, Release } from '../state/model.ts';
import { ago } from './ages.ts';
import { describe } from './names.ts';
import type { Icon, Row } from './row.ts';

/** A phase below its release. */
export function phaseRow(release: Release, { name, status, at }: Phase, now: Instant): Row {
  return {
    key: keyBelow(release.key, 'phases', name),
    label: clean(name.replaceAll('_', ' ')),
    description: describe(clean(status), at === undefined ? undefined : ago(at, now)),
    icon: phaseIcon(status),
  };
}

/** What a phase came to, as a picture. */
export function phaseIcon(status: string): Icon {
  if (status === 'completed') return 'succeeded';
  if (status === 'failed') return 'failed';
  if (status === 'running') return 'running';
  if (status === 'pending' || status === 'skipped') return 'pending';
  return 'unknown';
}
