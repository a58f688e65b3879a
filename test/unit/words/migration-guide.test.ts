import { expect, test } from 'vitest';
import { clean } from '../../../src/base/clean.ts';
import { loadMigrations } from '../../../src/upgrade/migrations.ts';
import { route, type Way } from '../../../src/upgrade/versions.ts';
import type { ServerAnswer } from '../../../src/state/observed.ts';
import { guide } from '../../../src/words/migration-guide.ts';
import { answerOf, container, swarmService } from '../../kit/observed.ts';

function wayTo(to: string, from = '1.1.0'): Way {
  const found = route(from, to, loadMigrations());
  if (!found.ok) throw new Error(found.why);
  return found.way;
}
const guideOf = (also: Partial<ServerAnswer>): string =>
  guide(clean('web01'), wayTo('2.0.0'), answerOf('1.1.0', also));

const MANAGER = { state: 'answers', swarm: 'manager' } as const;
const networks = [
  { name: clean('tako_shop'), encrypted: false },
  { name: clean('tako_safe'), encrypted: true },
  { name: clean('other'), encrypted: false },
];

test('A guide names the networks, services, files and containers of this server that it means', () => {
  const text = guideOf({
    docker: MANAGER,
    networks,
    services: [
      {
        ...swarmService('shop', 2, 2),
        networks: [clean('tako_shop'), clean('other')],
        proxyNetwork: clean('tako_shop'),
        stack: clean('acme'),
        sites: [clean('shop.acme.test')],
      },
      { ...swarmService('safe', 1, 1), networks: [clean('tako_safe')] },
      { ...swarmService('jobs', 1, 1), networks: [clean('tako_shop')] },
    ],
    containers: [
      container('debug', { networks: [clean('tako_shop')] }),
      container('old', { networks: [clean('bridge')], composeFiles: clean('/srv/old/compose.yml') }),
      container('apart', { networks: [clean('apps')] }),
    ],
  });
  expect(text).toContain('# Setup of `web01`: `1.1.0` → `2.0.0`');
  for (const line of [
    '- `tako_shop` becomes `tako_shop-encrypted`',
    '- `shop` into `tako_shop-encrypted` (`shop.acme.test`)',
    '- `jobs` into `tako_shop-encrypted`',
    '- Compose file of the stack `acme`: `tako_shop` → `tako_shop-encrypted`',
    '- Whatever creates the service `jobs`: `tako_shop` → `tako_shop-encrypted`',
    '- Label `traefik.docker.network` of `shop`: `tako_shop` → `tako_shop-encrypted`. On the server it is changed for you',
    '- `debug`, in `tako_shop`',
    '- `old`, made with `/srv/old/compose.yml`',
    '- Open `shop.acme.test`.',
  ])
    expect(text.split('\n')).toContain(line);
  expect(text).not.toMatch(/`(safe|tako_safe-encrypted|apart|other-encrypted)`/);
});

test('A guide says so where nothing is touched, and where it is not known', () => {
  expect(guideOf({})).toContain('It manages no swarm: no network gets another name here');
  expect(guideOf({ docker: MANAGER })).toContain('No network of its swarm gets another name');
  expect(guideOf({ docker: { state: 'silent' } })).toContain('it is not known what runs here');
});

test('Names of servers cannot end the code that they stand in', () => {
  const name = clean('a` [x](command:evil) `b');
  expect(guideOf({ containers: [container(name, { networks: [clean('bridge')] })] })).toContain(
    "- `a' [x](command:evil) 'b`",
  );
});
