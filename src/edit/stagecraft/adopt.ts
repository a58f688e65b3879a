import { clean, say } from '../../base/clean.ts';
import { readDocument } from '../../base/document.ts';
import type { Reader } from '../../state/source.ts';
import { stateHome } from '../../state/stagecraft/source.ts';
import { adoptRelease } from '../../state/stagecraft/write.ts';
import { deployedRelease } from '../../state/model.ts';
import type { Ledger } from '../adopt.ts';
import { placeIn, projectAt } from '../look.ts';

/** How a release of Stagecraft is made of what servers were seen to run: its images stand in our own facts. */
export function stagecraftLedger(reader: () => Reader): Ledger {
  return {
    tool: 'stagecraft',
    hasPlace: false,
    async recorded({ root, environment, at }, signal) {
      const place = await placeIn(reader(), 'stagecraft', root, signal);
      const project = place && (await projectAt(reader(), place, signal));
      const found = project?.environments.find(({ name }) => name === environment);
      const release = project && found && deployedRelease(project, found);
      if (!place || !release) return undefined;
      const home = stateHome(place);
      const [file] = place.files;
      return {
        release: release.id,
        services: release.services,
        ...(home.root !== root && {
          not: {
            severity: 'error',
            code: 'elsewhere',
            text: say('Its releases are recorded outside of its folder, in {0}.', clean(file)),
          },
        }),
        draft: async () =>
          adoptRelease(
            await readDocument(root, home.path),
            await readDocument(root, '.stagecraft/.gitignore'),
            environment,
            // After the release that it is compared with: the newest by its time is the current one.
            Math.max(at, ...found.releases.map(each => (each.at ?? 0) + 1)),
          ),
      };
    },
  };
}
