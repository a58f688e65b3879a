import { expect, it } from 'vitest';
import { serverSettingsOf } from '../../../src/ssh/server-settings.ts';

it('settings of servers are taken as far as they have their form', () => {
  expect(
    serverSettingsOf({
      web01: { host: '10.0.0.1', port: 2222, user: 'deploy', identityFile: '~/.ssh/deploy' },
      web02: { host: 7, port: '22', user: null, identityFile: '', password: 'x' },
      web03: 'root@10.0.0.3',
      web04: null,
    }),
  ).toEqual({
    web01: { host: '10.0.0.1', port: 2222, user: 'deploy', identityFile: '~/.ssh/deploy' },
    web02: {},
    web03: {},
    web04: {},
  });
  for (const none of [undefined, null, 'web01', 7]) expect(serverSettingsOf(none)).toEqual({});
});
