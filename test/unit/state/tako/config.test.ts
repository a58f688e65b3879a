import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { addressIdentity } from '../../../../src/base/identity.ts';
import type { Finding } from '../../../../src/base/finding.ts';
import { parseConfig } from '../../../../src/state/tako/config.ts';
import type { TakoConfig } from '../../../../src/state/tako/configured.ts';
import { toldJson } from '../../../kit/told.ts';
import { workspace } from '../../../kit/workspace.ts';
import { briefs, environment, open, readProject } from './reading.ts';

interface Parsed {
  readonly config: TakoConfig | undefined;
  readonly secrets: readonly string[];
  readonly problems: readonly string[];
}

function parse(text: string, variables: Readonly<Record<string, string>> = {}): Parsed {
  const problems: string[] = [];
  const report = ({
    code,
    line,
  }: Omit<Finding, 'at'> & { line?: number | (() => number | undefined) }): void => {
    problems.push(`${code}:${(typeof line === 'function' ? line() : line) ?? '-'}`);
  };
  const lookup = (name: string): string | undefined => variables[name];
  const reading = parseConfig({ file: '/tako.yaml', text, report }, { lookup, secrets: [] });
  return { config: reading?.config, secrets: reading?.secrets ?? [], problems };
}

const FULL = `# A shop
project:
  name: shop
  version: 1.10
servers:
  web01:
    host: \${WEB01}
    user: deploy
    port: 2222
    role: manager
    labels: { disk: ssd, rack: 7 }
    password: \${WEB01_PASSWORD}
  web02: { host: 10.0.0.2 }
environments:
  production:
    servers: [web01, web02]
    services:
      web:
        build: { context: ./web }
        port: 3000
        ports: [8080, "9090:90"]
        replicas: 3
        proxy:
          domain: shop.\${WEB01}.sslip.io
          domains:
            - www.shop.example
        dependsOn: [db]
        healthCheck:
          path: /health
      db:
        image: postgres:\${PG}
        kind: service
  staging:
    servers:
      - web02
    services:
      web:
        build: .
        health_check: { path: / }
`;

describe('tako.yaml', () => {
  const variables = { WEB01: '203.0.113.7', WEB01_PASSWORD: 'correct horse', PG: '16' };

  test('is decoded; a text that holds a value is shown as it stands', () => {
    const { config, secrets, problems } = parse(FULL, variables);
    expect(problems).toEqual([]);
    expect(config?.project).toEqual({ name: 'shop', version: '1.10' });
    expect(config?.servers).toMatchObject([
      {
        name: 'web01',
        line: 6,
        address: '${WEB01}',
        identity: addressIdentity('203.0.113.7'),
        user: 'deploy',
        port: 2222,
        role: 'manager',
        labels: { disk: 'ssd', rack: '7' },
      },
      { name: 'web02', line: 13, address: '10.0.0.2', identity: addressIdentity('10.0.0.2') },
    ]);
    expect(config?.environments).toMatchObject([
      {
        name: 'production',
        line: 15,
        servers: ['web01', 'web02'],
        services: [
          {
            name: 'web',
            line: 18,
            build: './web',
            ports: ['3000', '8080', '9090:90'],
            replicas: 3,
            domains: ['shop.${WEB01}.sslip.io', 'www.shop.example'],
            dependsOn: ['db'],
            healthCheckPath: '/health',
          },
          { name: 'db', line: 30, image: 'postgres:${PG}', kind: 'service' },
        ],
      },
      { name: 'staging', line: 33, services: [{ name: 'web', build: '.', healthCheckPath: '/' }] },
    ]);
    expect(secrets).toEqual(['correct horse', '203.0.113.7']);
    expect(toldJson(config)).not.toMatch(/203\.0\.113\.7|correct horse/);
  });

  test('gives the range of every key in the file as it stands, also behind long and short values', () => {
    const { config } = parse(FULL.replaceAll('\n', '\r\n'), {
      ...variables,
      WEB01: 'x'.repeat(500),
      PG: '1',
    });
    const text = FULL.replaceAll('\n', '\r\n');
    const positions = [
      ...(config?.servers ?? []),
      ...(config?.environments ?? []).flatMap(each => [each, ...each.services]),
    ];
    expect(positions).toHaveLength(7);
    for (const { name, line, start, end } of positions) {
      expect(text.slice(start, end)).toBe(name);
      expect(text.slice(0, start).split('\n')).toHaveLength(line);
    }
  });

  test('tells a variable without a value, at its line, and reads on', () => {
    const { config, problems } = parse(
      'project: {name: "${NAME}"}\nservers:\n  a: {host: ${HOST}, port: ${PORT}}\nenvironments: {}\n',
    );
    expect(problems).toEqual(['missing-variable:1', 'missing-variable:3', 'missing-variable:3']);
    expect(config?.project.name).toBe('${NAME}');
    expect(config?.servers).toMatchObject([{ address: '${HOST}', identity: undefined, port: undefined }]);
  });

  test('replaces before parsing: a value may be a list, or several lines, and lines stay those of the file', () => {
    const { config, problems } = parse(
      'project: {name: a, version: 1}\nservers:\n  a: {}\n  b: {}\nenvironments:\n  one:\n    servers: ${SERVERS}\n  two: ${TWO}\n  three:\n    servers: 5\n',
      { SERVERS: '[a, b]', TWO: '\n    servers:\n      - a' },
    );
    expect(config?.environments.map(({ name, line, servers }) => [name, line, servers.length])).toEqual([
      ['one', 6, 2],
      ['two', 8, 1],
      ['three', 9, 0],
    ]);
    expect(problems).toEqual(['wrong-type:10']);
  });

  test('tells what is wrong, each at its line', () => {
    expect(parse('project: {name: a}\nproject: {name: b}\n').problems).toEqual([
      'double-key:2',
      'missing-section:-',
      'missing-section:-',
    ]);
    expect(parse('a: [1, 2\nb: {').problems).toEqual([expect.stringMatching(/^yaml-syntax:\d$/)]);
    expect(parse('- a\n').problems).toEqual(['wrong-type:1']);
    expect(
      parse(
        'project: {}\nservers: [a]\nenvironments:\n  p:\n    services:\n      web: nginx\n      db: {replicas: many}\n',
      ).problems,
    ).toEqual(['wrong-type:2', 'wrong-type:6', 'wrong-type:7']);
    expect(parse('project: {}\nservers: {}\nenvironments:\n\n  p: {servers: [gone]}\n').problems).toEqual([
      'unknown-server:5',
    ]);
    expect(parse(`${FULL}---\nproject: {name: other}\n`, variables)).toMatchObject({
      config: { project: { name: 'shop' } },
      problems: ['several-documents:-'],
    });
  });

  test('a syntax error behind a value quotes nothing and has the line of the file', () => {
    const { problems } = parse('a: ${MANY}\nb: ${BAD}\n', { MANY: '|\n  x\n  y', BAD: '] hush-hush-1' });
    expect(problems).toEqual(['yaml-syntax:2']);
  });

  test('a variable that a comment speaks of is not missed', () => {
    const { problems, config } = parse(
      '# from ${A}\nproject: {name: "#${B}"} # and ${C}\nservers: {}\nenvironments: {}\n',
    );
    expect(problems).toEqual(['missing-variable:2']);
    expect(config?.project.name).toBe('#${B}');
  });

  test('a # in quotes begins no comment', () => {
    const { problems, config } = parse(
      `project: {name: "a #\${B}", version: 'it''s #\${B}'} # it's \${C}\nservers: {s: {host: it's} } # and "\${C}\nenvironments: {}\n`,
      { B: 'b' },
    );
    expect(problems).toEqual([]);
    expect(config?.project).toMatchObject({ name: 'a #${B}', version: "it''s #${B}" });
  });

  test('no form but ${NAME} has a value, as Tako knows no other', () => {
    const { problems, config } = parse(
      'project: {name: "${A:-x, y: z}"}\nservers:\n  a: {host: ${A?}, user: ${}}\nenvironments: {}\n',
      { A: 'a' },
    );
    expect(problems).toEqual(['missing-variable:1', 'missing-variable:3', 'missing-variable:3']);
    expect(config?.project.name).toBe('${A:-x, y: z}');
  });

  test('what every object has is no variable', async () => {
    const { root, write } = workspace(onTestFinished);
    write({
      'tako.yaml':
        'project: {name: "${constructor}", version: "${__proto__}"}\nservers: {}\nenvironments: {}\n',
    });
    const project = await readProject(root);
    expect(project.name).toBe('${constructor}');
    expect(briefs(project)).toEqual([
      'warning missing-variable tako.yaml:1',
      'warning missing-variable tako.yaml:1',
    ]);
  });

  test('follows anchors and merged maps, to where a key is written', () => {
    const { config, problems } = parse(`project: {name: a, version: 1}
servers: {}
environments:
  production: &production
    services: &services
      web: &web
        image: nginx
        replicas: 2
      worker:
        <<: *web
        replicas: 1
  staging:
    <<: *production
  preview:
    services:
      <<: *services
      extra: {image: busybox}
`);
    expect(problems).toEqual([]);
    expect(
      config?.environments.map(each =>
        each.services.map(({ name, line, image, replicas }) => [name, line, image, replicas]),
      ),
    ).toEqual([
      [
        ['web', 6, 'nginx', 2],
        ['worker', 9, 'nginx', 1],
      ],
      [
        ['web', 6, 'nginx', 2],
        ['worker', 9, 'nginx', 1],
      ],
      [
        ['web', 6, 'nginx', 2],
        ['worker', 9, 'nginx', 1],
        ['extra', 17, 'busybox', undefined],
      ],
    ]);
  });

  test('tako.json is read the same way', () => {
    const json = JSON.stringify(
      { project: { name: 'a', version: '1.0' }, servers: { s: { host: '${H}' } }, environments: {} },
      null,
      '\t',
    );
    const { config, problems } = parse(json, { H: 'web.example' });
    expect(problems).toEqual([]);
    expect(config).toMatchObject({
      project: { version: '1.0' },
      servers: [{ name: 's', line: 7, address: '${H}' }],
    });
  });
});

describe('hostile configurations end with a finding', () => {
  const laughs = ['a0: &a0 [x, x, x, x, x, x, x, x, x]'];
  for (let level = 1; level < 12; level++)
    laughs.push(`a${level}: &a${level} [${`*a${level - 1}, `.repeat(9)}]`);
  const services = Array.from({ length: 3_000 }, (_, index) => `s${index}: {image: x}`).join(', ');
  const environments = Array.from({ length: 90 }, (_, index) => `  e${index}: *all`).join('\n');
  test.each([
    ['a bomb of aliases', `${laughs.join('\n')}\nproject: *a11\n`, 'yaml-syntax'],
    [
      'long lists multiplied by aliases',
      `environments:\n  e: &all {services: {${services}}}\n${environments}\n`,
      'too-many-services',
    ],
    ['a map that merges itself', 'project: &p {<<: *p, name: a}\n', ''],
    ['an alias without an anchor', 'project: *nothing\n', 'yaml-syntax'],
    ['a megabyte of brackets', '['.repeat(1_000_000), 'yaml-syntax'],
    ['a megabyte of dashes', '- '.repeat(500_000), 'yaml-syntax'],
    ['a value that is named a thousand times', `a: "${'${LONG}'.repeat(1000)}"\n`, 'missing-variable'],
    ['nothing', '', 'missing-section'],
    ['only a comment', '# later\n', 'missing-section'],
    ['binary data', '\u0000\u0001\ufffd\u0007: [', 'yaml-syntax'],
    [
      'a prototype',
      '__proto__: {x: 1}\nservers: {__proto__: {host: a}, constructor: {host: b}}\n',
      'missing-section',
    ],
  ])('%s', (_, text, code) => {
    const { problems } = parse(text, { LONG: 'x'.repeat(60_000) });
    expect(problems.join(' ')).toContain(code);
  });

  test('whatever the text, it does not throw', () => {
    const piece = fc.constantFrom(
      'a',
      ': ',
      '- ',
      '? ',
      '\n',
      '  ',
      '"',
      "'",
      '{',
      '}',
      '[',
      ']',
      ',',
      '&x ',
      '*x',
      '<<',
      '|',
      '>',
      '#',
      '---',
      '%',
      '!',
      '${A}',
      '${B}',
      '\t',
      'project',
      'servers',
      'environments',
      'services',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), pieces => {
        parse(pieces.join(''), { A: 'x: [1, 2]\n- &x' });
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('in a project', () => {
  test('values come from the environment, then from .env here or above; they are seen nowhere', async () => {
    const { write, file } = workspace(onTestFinished);
    write({
      '.env': 'export HOST_A="198.51.100.1" # a\nHOST_B=198.51.100.2\n',
      'apps/shop/tako.yaml':
        'project: {name: shop, version: 1}\nservers:\n  a: {host: "${HOST_A}"}\n  b: {host: "${HOST_B}"}\n  c: {host: "${HOST_C}"}\nenvironments: {production: {servers: [a]}}\n',
    });
    const project = await readProject(file('apps/shop'), {
      variables: { HOST_B: '198.51.100.22', HOST_C: '198.51.100.3' },
    });
    expect(project.servers.map(({ identity }) => identity)).toEqual(
      ['198.51.100.1', '198.51.100.22', '198.51.100.3'].map(addressIdentity),
    );
    expect(toldJson(project)).not.toContain('198.51.100');
    expect(project.servers[0]?.reach).toEqual({ host: '198.51.100.1' });
    expect(briefs(project)).toEqual([]);
    expect(project.servers[1]).toMatchObject({
      address: '${HOST_B}',
      source: { file: file('apps/shop/tako.yaml'), line: 4 },
    });

    write({ 'apps/shop/.env': 'HOST_A=192.0.2.1\n' });
    const nearer = await readProject(file('apps/shop'));
    expect(nearer.servers[0]?.identity).toBe(addressIdentity('192.0.2.1'));
    expect(briefs(nearer)).toEqual([
      'warning missing-variable tako.yaml:4',
      'warning missing-variable tako.yaml:5',
    ]);
  });

  test('a changed .env is read again; the records are not when its secrets stayed the same', async () => {
    const { root, write } = workspace(onTestFinished);
    write({
      '.env': 'HOST=web.example\nTOKEN=tok-12345678\n',
      'tako.yaml': 'project: {name: shop, version: 1}\nservers:\n  a: {host: "${HOST}"}\nenvironments: {}\n',
      '.tako/state.json': '{"project": {"name": "shop"}}',
    });
    const { read, cache } = await open(root);
    await read();
    expect(cache.parses).toBe(3);
    write({ '.env': 'HOST=other.example\nTOKEN=tok-12345678\n' });
    expect((await read()).servers[0]?.identity).toBe(addressIdentity('other.example'));
    expect(cache.parses).toBe(5);
    write({ '.env': 'HOST=other.example\nTOKEN=tok-87654321\n' });
    await read();
    expect(cache.parses).toBe(8);
  });

  test('declared environments and services appear before anything is recorded, recorded ones after them', async () => {
    const { root, write } = workspace(onTestFinished);
    write({
      'tako.yml': FULL,
      '.tako/state.json': '{"environments": {"staging": {}, "archive": {"servers": ["old01"]}}}',
      '.tako/deployments/preview/history/': '',
    });
    const project = await readProject(root, {
      variables: { WEB01: 'a.example', WEB01_PASSWORD: 'p', PG: '16' },
    });
    expect(project.environments.map(({ name }) => name)).toEqual([
      'production',
      'staging',
      'archive',
      'preview',
    ]);
    expect(environment(project, 'production')).toMatchObject({
      releases: [],
      more: false,
      source: { line: 15 },
    });
    expect(
      project.services.map(({ name, environment: of, declared, recorded, source }) => [
        name,
        of,
        declared,
        recorded,
        source.line,
      ]),
    ).toEqual([
      ['web', 'production', true, false, 18],
      ['db', 'production', true, false, 30],
      ['web', 'staging', true, false, 37],
    ]);
    expect(project.servers.map(({ name, environments }) => [name, environments])).toEqual([
      ['web01', ['production']],
      ['web02', ['production', 'staging']],
      ['old01', ['archive']],
    ]);
  });

  test('tako.yaml counts before tako.json; a broken one keeps its last good view', async () => {
    const { root, write } = workspace(onTestFinished);
    const config = (name: string): string =>
      `{"project": {"name": "${name}", "version": "1"}, "servers": {}, "environments": {}}`;
    write({ 'tako.yaml': config('first'), 'tako.json': config('second') });
    const { read } = await open(root);
    expect((await read()).name).toBe('first');
    write({ 'tako.yaml': 'project: {name: [' });
    const broken = await read();
    expect(broken.name).toBe('first');
    expect(briefs(broken)).toEqual(['error yaml-syntax tako.yaml:1']);
  });
});
