import { chmodSync, lstatSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { built, inspect, type RunOptions } from '../kit/build.ts';
import { workspace } from '../kit/workspace.ts';

/** The user that owns nothing, on every Unix. */
const NOBODY = 65_534;

interface Report {
  readonly projects: readonly {
    readonly tool: string;
    readonly name: string;
    readonly environments: readonly {
      readonly name: string;
      readonly current: string | null;
      readonly releases: readonly { readonly id: string }[];
    }[];
    readonly servers: readonly { readonly name: string }[];
    readonly stacks: readonly { readonly name: string }[];
  }[];
  readonly findings: readonly {
    readonly severity: string;
    readonly code: string;
    readonly file: string | null;
    readonly line: number | null;
    readonly text: string;
  }[];
}

const build = built(afterAll);

function report(args: readonly string[], options?: RunOptions): Report {
  return JSON.parse(inspect(build, args, options)) as Report; // its documented form
}

/** Every path below a folder with what would change if anybody wrote there. */
function stamps(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .sort()
    .map(name => {
      const { size, mtimeMs, ctimeMs, mode, ino } = lstatSync(path.join(folder, name));
      return [name, size, mtimeMs, ctimeMs, mode, ino].join(' ');
    });
}

const SAMPLES = [
  'tako/v0.0.1-newyork',
  'tako/master-newyork',
  'tako/master-mixed-tz',
  'stagecraft/releases.spec-example.json',
  'stagecraft/releases.real-two-prod.json',
  'stagecraft/releases.real-mixed.json',
  'stagecraft/releases.real-rollback-pingpong.json',
  'stagecraft/releases.real-unknown-phase-kept.json',
  'stagecraft/bad/releases.allskipped.json',
  'stagecraft/bad/releases.badts.json',
  'stagecraft/bad/releases.bom.json',
  'stagecraft/bad/releases.dup.json',
  'stagecraft/bad/releases.empty.json',
  'stagecraft/bad/releases.null.json',
  'ftl2/.ftl2-state.json',
  'ftl2/go-ftl2.state.json',
  'ftl2/cli-run.state-file.json',
  'ftl2/inventory.yml',
  'ftl2/inventory.ini',
  'ftl2/inventory.json',
  'ftl2/bad/truncated.json',
  'ftl2/bad/list.json',
  'ftl2/bad/empty.json',
  'sloth-runner/stacks.db',
  'sloth-runner/state.db',
  'sloth-runner/golden/stacks-after-go-migrate.db',
];

describe('inspect', () => {
  it.each(SAMPLES)('shows %s as it should, and touches nothing', async sample => {
    const space = workspace(onTestFinished);
    space.sample(sample, 'project');
    const before = stamps(space.root);
    const output = inspect(build, [space.root])
      .replaceAll(space.root, '')
      .replaceAll(encodeURIComponent(space.root), '');
    expect(stamps(space.root)).toEqual(before);
    await expect(output).toMatchFileSnapshot(path.join('golden', `${sample.replaceAll('/', '.')}.txt`));
  });

  it('takes folders relative to where the person stands', () => {
    const space = workspace(onTestFinished);
    space.sample('stagecraft/releases.real-two-prod.json', 'shop');
    expect(report(['shop'], { cwd: '/', environment: { INIT_CWD: space.root } }).projects).toHaveLength(1);
  });

  it('looks in exactly the folders it is given', () => {
    const space = workspace(onTestFinished);
    space.sample('stagecraft/releases.real-two-prod.json', 'one');
    space.sample('stagecraft/releases.real-two-prod.json', 'two');
    expect(report([space.file('two')]).projects.map(({ name }) => name)).toEqual(['two']);
  });

  it('prints the rows of the sidebar', () => {
    const space = workspace(onTestFinished);
    space.sample('stagecraft/releases.real-two-prod.json');
    expect(inspect(build, ['--tree', space.root])).toMatch(
      /^RELEASES\n {2}v prod +v1\.1\.0 · recorded here .*\n +v1\.1\.0 +current/,
    );
  });

  it('says what another user may not read, and shows the rest', () => {
    const space = workspace(onTestFinished);
    chmodSync(space.root, 0o755);
    space.sample('stagecraft/releases.real-two-prod.json', 'open');
    chmodSync(space.sample('stagecraft/releases.real-mixed.json', 'closed'), 0);
    chmodSync(space.sample('sloth-runner/stacks.db'), 0);
    const { projects, findings } = report([space.root], { user: NOBODY });
    expect(projects.find(({ name }) => name === 'open')?.environments[0]?.releases).toHaveLength(2);
    expect(findings.map(({ code, file }) => [code, path.relative(space.root, file ?? '')])).toEqual(
      expect.arrayContaining([
        ['denied', path.join('closed', '.stagecraft', 'releases.json')],
        ['denied', 'stacks.db'],
      ]),
    );
  });
});
