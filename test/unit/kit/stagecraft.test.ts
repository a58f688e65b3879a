import { expect, test } from 'vitest';
import { parseTime } from '../../../src/base/time.ts';
import type { FileBody } from '../../kit/files.ts';
import {
  BUILD_ONLY,
  COMPLETED,
  failedIn,
  releasesFile,
  runningIn,
  type Phases,
  type StagecraftRelease,
} from '../../kit/stagecraft.ts';
import { coarse, sampleText } from './samples.ts';

const FILE = '.stagecraft/releases.json';

function release(environment: string, time: string, version: string, phases: Phases): StagecraftRelease {
  const at = parseTime(`2026-11-20T${time}Z`) ?? Number.NaN;
  return { environment, at, version, commit: '5e7e3d736b556a2aa619b9877f7696eda709fbff', phases };
}

function text(body: FileBody | undefined): string {
  return typeof body === 'object' && 'text' in body ? coarse(body.text) : '';
}

test('the program form is the sample: rollback, failures, build only, an interrupted release, escapes', () => {
  const releases = [
    release('prod', '23:55:57.328494868', 'v1.0.0', COMPLETED),
    release('prod', '23:55:57.396532651', 'v1.1.0', COMPLETED),
    release('prod', '23:56:11.084920710', 'v1.0.0', COMPLETED),
    release('prod', '23:56:11.178508475', 'v1.2.0-bad', failedIn('rollout')),
    release('prod', '23:56:11.203765335', 'v1.3.0-bad', failedIn('build')),
    release('prod', '23:56:11.226371189', 'v1.4.0', BUILD_ONLY),
    release('staging', '23:56:11.271861406', 'v<2>&é', COMPLETED),
    release('staging', '23:56:11.295502160', 'v2-interrupted', runningIn('build')),
    release('dev', '23:56:41.303013671', '5e7e3d736b556a2aa619b9877f7696eda709fbff', COMPLETED),
  ];
  const file = releasesFile('program', releases)[FILE];

  expect(text(file)).toBe(sampleText('stagecraft/releases.real-mixed.json'));
  expect(file).toMatchObject({ mode: 0o600 });
});

test('the seed form is the example of the design document', () => {
  const prod = { environment: 'prod', commit: 'abc123def456', phases: COMPLETED };
  const releases = [
    { ...prod, at: Date.UTC(2024, 11, 31, 12), version: 'v1.2.2' },
    { ...prod, at: Date.UTC(2025, 0, 1, 12), version: 'v1.2.3' },
  ];
  const written = JSON.parse(text(releasesFile('seed', releases, -300)[FILE])) as { releases: unknown[] }; // as written above
  const example = JSON.parse(sampleText('stagecraft/releases.spec-example.json')) as { releases: unknown[] }; // a sample

  expect(JSON.stringify(written.releases[1])).toBe(JSON.stringify(example.releases[0]));
});

test('ids of the program tell the local time, timestamps tell the zone', () => {
  const at = Date.UTC(2026, 0, 1, 3, 4, 5, 60);
  const records = text(
    releasesFile('program', [{ environment: 'prod', at, version: '1', phases: COMPLETED }], -300)[FILE],
  );
  expect(records).toContain('"id": "rel-20251231-220405060"');
  expect(records).toContain('"timestamp": "2025-12-31T22:04:05.06-05:00"');
});
