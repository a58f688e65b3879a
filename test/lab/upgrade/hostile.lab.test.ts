import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { hostileWords } from '../../kit/hostile-words.ts';
import { openLab } from '../lab.ts';
import { isLong, labSuite } from '../suite.ts';
import { driven, upgradeOf } from './fleet.ts';
import { makeLegacy } from './server.ts';

// Also what looks like the marks that the server replaces.
const words = [...hostileWords(), '@now@', '@@now@@', '@version:logrotate|1@', 'a@b', '&', '\\1', 's/x/y/;e'];

const RECORD = {
  version: '1.0.0',
  installed_at: '2025-11-16T09:30:12Z',
  components: { ...Object.fromEntries(words.map(word => [word, word])), logrotate: '3.0; touch PWNED' },
  features: words.slice(-90), // of many more only the first are read
  tako_cli_version: '@now@',
  unknown: { nested: words, version: '@version:docker|x@' },
};

labSuite('A version file of over 500 hostile names and values', { needs: 'full' }, () => {
  test.for(isLong ? ['dash', 'bash', 'busybox'] : ['dash'])(
    'is kept as it is by an upgrade that %s runs, and nothing in it is executed',
    async shell => {
      const lab = await openLab(onTestFinished);
      const kind = shell === 'busybox' ? 'docker' : 'systemd';
      const [server, other] = await Promise.all([lab.server({ kind }), lab.server()]);
      await makeLegacy(server);
      await server.run(`ln -s /bin/${shell} /usr/local/bin/sh`);
      writeFileSync(path.join(server.files, 'etc/tako/version.json'), JSON.stringify(RECORD, null, 2));
      const { perform, log } = driven(onTestFinished, [server, other]);
      const { verdict } = await perform(upgradeOf([server], { to: '1.1.0' }));
      expect(verdict, log.slice(-20).join('\n')).toEqual({ state: 'verified' });
      const now = JSON.parse(await server.run('cat /etc/tako/version.json')) as typeof RECORD; // what was written
      expect(now).toEqual({
        ...RECORD,
        version: '1.1.0',
        last_upgrade: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) as string,
        components: {
          ...RECORD.components,
          logrotate: '3.21.0',
          ...(kind === 'docker' && { docker: expect.stringMatching(/^\d+\.\d/) as string }),
        },
        features: [...RECORD.features, 'log-rotation', 'journal-limits', 'log-cleanup'],
      });
      expect(await server.run('find / -xdev -name "*PWNED*" | wc -l')).toBe('0\n');
    },
  );
});
