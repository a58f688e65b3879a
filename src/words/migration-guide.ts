/** What an upgrade that breaks things means for one server: what breaks there by name, what to change, and the way back. */
import { clean, join, say, type Clean } from '../base/clean.ts';
import type { ObservedContainer, ServerAnswer, SwarmService } from '../state/observed.ts';
import type { Migration, Touched } from '../upgrade/migrations.ts';
import type { Way } from '../upgrade/versions.ts';
import { code, codes } from './markdown.ts';

/** As Markdown. `server`: its name. */
export function guide(server: Clean, { steps, harms, breaking, restarts }: Way, answer: ServerAnswer): Clean {
  const to = code(clean(steps.at(-1)?.to ?? ''));
  const touched = new Set(steps.flatMap(each => each.touches ?? []));
  const sections = [...touched].flatMap(each => HERE[each](answer));
  return join(
    [
      say('# Setup of {0}: {1} → {2}', code(server), versionWords(answer), to),
      list(steps.map(stepWords)),
      part(say('What breaks'), list(breaking)),
      part(say('What to expect'), list([...harms, ...restarts.map(each => say('Restarts: {0}', each))])),
      part(
        say('On this server'),
        answer.docker.state === 'silent'
          ? say('Docker did not answer, so it is not known what runs here. Check the server first.')
          : join(sections, '\n\n') || say('Nothing of what runs here is touched by name.'),
      ),
      part(say('Before'), list(before())),
      part(say('After'), list(after(to, touched, answer))),
      part(say('Going back'), list(back(touched))),
      part(say('By hand, when everything else fails'), byHand()),
    ],
    '\n\n',
  );
}

const part = (title: Clean, text: Clean): Clean | undefined =>
  text === '' ? undefined : join([say('## {0}', title), text], '\n\n');
const topic = (title: Clean, ...texts: readonly (Clean | undefined)[]): Clean =>
  join([say('### {0}', title), ...texts], '\n\n');
const list = (texts: readonly Clean[]): Clean =>
  join(
    texts.map(each => say('- {0}', each)),
    '\n',
  );

function versionWords({ setup }: ServerAnswer): Clean {
  return setup.kind === 'versioned' || setup.kind === 'legacy'
    ? code(clean(setup.version))
    : say('not set up');
}

function stepWords({ to, title }: Migration): Clean {
  return say('{0}: {1}', code(clean(to)), title);
}

/** What of this server's own is touched. */
const HERE: Readonly<Record<Touched, (answer: ServerAnswer) => readonly Clean[]>> = {
  traefik: ({ containers, services }) => {
    const sites = [...containers, ...services].flatMap(each => each.sites);
    return sites.length === 0
      ? []
      : [
          topic(
            say('Sites that may pause for seconds while Traefik restarts'),
            list([...new Set(sites)].map(code)),
          ),
        ];
  },
  'swarm-services': networksHere,
  containers: answer => {
    const alone = answer.containers.filter(({ networks }) => networks?.includes(DEFAULT) === true);
    if (alone.length === 0) return [];
    return [
      topic(
        say('Containers that no longer reach each other'),
        list(alone.map(withFiles)),
        say(
          'They are in Docker’s default network. Where one needs another, put both into a network of their own first, such as {0}, and name it in what starts them.',
          code(clean('docker network create apps')),
        ),
      ),
    ];
  },
};

const DEFAULT = clean('bridge');

/** As `networks.sh` of the step tells those that are replaced. */
const isReplaced = (name: Clean, { networks = [] }: ServerAnswer): boolean =>
  name.startsWith('tako') && networks.some(each => each.name === name && !each.encrypted);
const successor = (name: Clean): Clean => clean(`${name}-encrypted`);

function networksHere(answer: ServerAnswer): readonly Clean[] {
  const { services, containers, networks = [], docker } = answer;
  if (docker.swarm !== 'manager')
    return [say('It manages no swarm: no network gets another name here, and no service moves.')];
  const replaced = networks.map(({ name }) => name).filter(name => isReplaced(name, answer));
  if (replaced.length === 0)
    return [say('No network of its swarm gets another name: none begins with “tako” and is unencrypted.')];
  const moved = services.filter(each => each.networks?.some(name => isReplaced(name, answer)) === true);
  const own = containers.filter(
    ({ service, networks: of = [] }) => service === undefined && of.some(name => isReplaced(name, answer)),
  );
  return [
    topic(
      say('Networks that get another name'),
      list(replaced.map(name => say('{0} becomes {1}', code(name), code(successor(name))))),
    ),
    ...(moved.length === 0
      ? []
      : [
          topic(
            say('Services that move, one after the other, with new tasks'),
            list(moved.map(each => movedWords(each, answer))),
          ),
        ]),
    topic(say('What you have to change in your files'), list(changes(moved, answer))),
    ...(own.length === 0
      ? []
      : [
          topic(
            say('Containers that are in the way'),
            list(
              own.map(each =>
                say(
                  '{0}, in {1}',
                  code(each.name),
                  codes((each.networks ?? []).filter(name => isReplaced(name, answer))),
                ),
              ),
            ),
            say(
              'They were attached by hand, and nobody moves them. As long as one is in an old network, that cannot be removed, and the step fails and is undone. Disconnect them before, with {0}.',
              code(clean('docker network disconnect NETWORK CONTAINER')),
            ),
          ),
        ]),
  ];
}

function movedWords({ name, networks = [], sites }: SwarmService, answer: ServerAnswer): Clean {
  const into = networks.filter(each => isReplaced(each, answer)).map(successor);
  const words = say('{0} into {1}', code(name), codes(into));
  return sites.length === 0 ? words : say('{0} ({1})', words, codes(sites));
}

/** Files lie where nobody can look: what they say is known from what was made with them. */
function changes(moved: readonly SwarmService[], answer: ServerAnswer): readonly Clean[] {
  const renames = (names: readonly Clean[]): Clean =>
    join(
      [...new Set(names)]
        .filter(name => isReplaced(name, answer))
        .map(name => say('{0} → {1}', code(name), code(successor(name)))),
      ', ',
    );
  const stacks = [...new Set(moved.flatMap(({ stack }) => stack ?? []))];
  const single = moved.filter(({ stack }) => stack === undefined);
  const labelled = moved.filter(
    ({ proxyNetwork }) => proxyNetwork !== undefined && isReplaced(proxyNetwork, answer),
  );
  return [
    ...stacks.map(stack =>
      say(
        'Compose file of the stack {0}: {1}',
        code(stack),
        renames(moved.flatMap(each => (each.stack === stack ? (each.networks ?? []) : []))),
      ),
    ),
    ...single.map(({ name, networks = [] }) =>
      say('Whatever creates the service {0}: {1}', code(name), renames(networks)),
    ),
    ...labelled.map(({ name, proxyNetwork = clean('') }) =>
      say(
        'Label {0} of {1}: {2}. On the server it is changed for you',
        code(clean('traefik.docker.network')),
        code(name),
        renames([proxyNetwork]),
      ),
    ),
    say(
      'A deployment from a file that still names an old network makes it again, unencrypted, and separates its services from those that moved.',
    ),
  ];
}

function withFiles({ name, composeFiles }: ObservedContainer): Clean {
  return composeFiles === undefined ? code(name) : say('{0}, made with {1}', code(name), code(composeFiles));
}

function before(): readonly Clean[] {
  return [
    say('Look at the dry run: it shows every file as it would be, and every command.'),
    say('Upgrade a server first that nobody needs.'),
    say('See to it that no deployment begins meanwhile.'),
  ];
}

function after(
  to: Clean,
  touched: ReadonlySet<Touched>,
  { containers, services }: ServerAnswer,
): readonly Clean[] {
  const sites = [...new Set([...containers, ...services].flatMap(each => each.sites))];
  return [
    say('Check the server: it has to say {0}.', to),
    ...(sites.length === 0 ? [] : [say('Open {0}.', codes(sites))]),
    ...(touched.has('swarm-services')
      ? [say('Put the changed files into your repository before the next deployment.')]
      : []),
  ];
}

function back(touched: ReadonlySet<Touched>): readonly Clean[] {
  return [
    say('A step that fails is undone by the server itself, together with those before it.'),
    say(
      'Later: “Restore Server Setup…” with the backup that was made first. It undoes the steps, removes what came with them, puts every file back and compares it.',
    ),
    ...(touched.has('swarm-services')
      ? [
          say(
            'Services then move back into networks of the old names, one after the other. Change your files back, too.',
          ),
        ]
      : []),
  ];
}

function byHand(): Clean {
  return join(
    [
      say('As root on the server. The first command shows the backups; put the name of one into the last.'),
      clean('```sh'),
      clean('ls /var/backups/tako'),
      clean('cd /var/lib/shipshape/setup/runs'),
      clean('tail ../journal'),
      clean(
        'hand=by-hand-$(date +%s) && mkdir "$hand" && cp "$(ls -t | grep -v by-hand | head -n 1)"/*.sh "$hand"',
      ),
      clean('sh "$hand/restore.sh" backup-YYYYMMDD-HHMMSS'),
      clean('```'),
    ],
    '\n',
  );
}
