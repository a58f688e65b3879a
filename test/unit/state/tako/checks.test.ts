import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../../../src/state/tako/config.ts';

/** What is found in a configuration that is whole but for these lines. */
function findings(services: string, more = ''): readonly string[] {
  const found: string[] = [];
  const text = `${more}project: { name: shop, version: 1 }
servers: { a: { host: 10.0.0.1 } }
environments:
  prod:
    servers: [a]
    services:
${services}`;
  parseConfig(
    {
      file: '/tako.yaml',
      text,
      report: ({ code, line, text: words }) =>
        found.push(`${code}:${(typeof line === 'function' ? line() : line) ?? '-'} ${words}`),
    },
    { lookup: () => 'value', secrets: [] },
  );
  return found;
}

const service = (name: string, settings: string): string => `      ${name}: { ${settings} }\n`;

describe('services of one environment', () => {
  test('depend on services that are there', () => {
    const db = service('db', 'image: postgres:16');
    expect(findings(service('web', 'dependsOn: [db, "${OTHER}"]') + db)).toEqual([]);
    expect(findings(service('web', 'dependsOn: [db, cache]') + db)).toEqual([
      'unknown-service:7 web depends on cache, which is no service of prod.',
    ]);
  });

  test.each<[ports: string, other: string, isDouble: boolean]>([
    ['80:3000', '80:4000', true],
    ['80:3000', '0.0.0.0:80:3000', true],
    ['127.0.0.1:80:3000', '80:3000', true],
    ['8000-8010:8000-8010', '8005:1', true],
    ['80:3000/tcp', '80:4000', true],
    ['80:3000', '81:3000', false],
    ['80:3000/udp', '80:3000', false],
    ['10.0.0.1:80:3000', '10.0.0.2:80:3000', false],
    ['3000', '3000', false],
    ['${PORT}:3000', '${PORT}:3000', false],
  ])('publish %j and %j', (a, b, isDouble) => {
    const text = service('web', `ports: ["${a}"]`) + service('api', `ports: ["${b}"]`);
    expect(findings(text).map(each => each.split(' ')[0])).toEqual(isDouble ? ['double-port:8'] : []);
  });

  test('may publish one port twice where they are pinned to servers, or are one service', () => {
    const pinned = 'ports: ["80:1"], placement: { strategy: pinned }';
    expect(findings(service('web', pinned) + service('api', pinned))).toEqual([]);
    expect(findings(service('web', 'ports: ["80:1", "80:2"]'))).toEqual([]);
  });

  test('serve domains of their own', () => {
    const other = service('api', 'proxy: { domains: [Shop.test, "${DOMAIN}"] }');
    expect(findings(service('web', 'proxy: { domain: shop.test, domains: [shop.test] }') + other)).toEqual([
      'double-domain:8 api serves Shop.test, and so does web.',
    ]);
    expect(findings(service('web', 'proxy: { domain: "${DOMAIN}" }') + other)).toEqual([]);
  });

  test('are told of once where environments share them', () => {
    const shared = '      web: &web { ports: ["80:1"] }\n      api: &api { ports: ["80:2"] }\n';
    const again = '  staging: { servers: [a], services: { <<: { web: *web, api: *api } } }\n';
    expect(findings(`${shared}${again}`)).toHaveLength(2);
    const all = `    <<: &all { services: { web: { ports: ["80:1"] }, api: { ports: ["80:2"] } } }\n`;
    expect(findings(`      db: {}\n  staging:\n${all}  dev:\n    <<: *all\n`)).toEqual([
      'double-port:9 api publishes port 80 of its servers, and so does web.',
    ]);
  });
});

describe('the top level', () => {
  test('has only what the CLI knows', () => {
    expect(findings('', '$schema: x\nvolumes: {}\nmesh: {}\n')).toEqual([]);
    expect(findings('', 'x-base: {}\nServices: {}\n')).toEqual([
      'unknown-key:1 x-base is not known to the Tako CLI, which refuses the whole file.',
      'unknown-key:2 Services is not known to the Tako CLI, which refuses the whole file.',
    ]);
  });

  test('may have settings for upgrades, which the CLI does not know', () => {
    const setup = `setup:
  auto_check_updates: true
  auto_upgrade: false
  upgrade_strategy: conservative
  maintenance_window:
    enabled: true
    days: [saturday, Sunday]
    start_time: "02:00"
    end_time: "06:00"
`;
    const refused = 'unknown-key:1 The Tako CLI of today knows no setup section and refuses the whole file.';
    expect(findings('', setup)).toEqual([refused]);
    const wrong = setup
      .replace('updates: true', 'updates: "yes"')
      .replace('conservative', 'brave')
      .replace('auto_upgrade', 'constructor')
      .replace('Sunday', 'someday')
      .replace('06:00', '26:00');
    expect(findings('', wrong)).toEqual([
      refused,
      'invalid-setup:2 auto_check_updates has to be true or false.',
      'invalid-setup:3 constructor is no setting of setup.',
      'invalid-setup:4 upgrade_strategy has to be conservative, balanced or aggressive.',
      'invalid-setup:7 days has to be a list of days of the week.',
      'invalid-setup:9 end_time has to be a time like 02:00.',
    ]);
    expect(findings('', 'setup: { maintenance_window: [] }\n')).toEqual([
      refused,
      'invalid-setup:1 maintenance_window has to be an object.',
    ]);
  });
});
