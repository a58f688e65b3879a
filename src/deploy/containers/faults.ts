/** What the scripts for containers tell, in words. */
import { clean, say, type Clean } from '../../base/clean.ts';
import { UserError } from '../../base/errors.ts';

/** A line that a script told: what it is, and its values. */
export interface Told {
  readonly what: string;
  readonly values: readonly Clean[];
}

const EVENTS: Readonly<Partial<Record<string, (...values: readonly Clean[]) => Clean>>> = {
  started: name => say('{0} started', word(name)),
  healthy: name => say('{0} is healthy', word(name)),
  stopped: name => say('{0} stopped', word(name)),
  removed: name => say('{0} removed', word(name)),
  restarted: name => say('{0} restarted', word(name)),
  'image-removed': name => say('image {0} removed', word(name)),
  today: service =>
    say('{0}: the settings of that release lie here no more, today’s are used', word(service)),
  task: (task, node, state) =>
    word(node) === ''
      ? say('{0}: {1}', word(task), word(state))
      : say('{0} on {1}: {2}', word(task), word(node), word(state)),
  there: (service, count) => say('{0}: {1} running', word(service), word(count)),
  'left-out': (service, node) =>
    say('{0} is kept off {1}: it is none of the servers that have its image', word(service), word(node)),
  'kept-off': (service, node) => say('{0} is kept off {1}: nothing starts there', word(service), word(node)),
  migrated: file => say('{0} was run', word(file)),
  log: (name, text) => say('{0}: {1}', word(name), word(text)),
};

const word = (value: Clean | undefined): Clean => value ?? clean('');

/** A line for the log; nothing for what nobody has to read. */
export function eventWords({ what, values }: Told): Clean | undefined {
  return EVENTS[what]?.(...values);
}

type Words = readonly [what: Clean, next: Clean];

const tryAgain = (): Clean => say('Look at the server and try again.');

const FAULTS: Readonly<Partial<Record<string, (...values: readonly Clean[]) => Words>>> = {
  'image-missing': name => [
    say('The image of {0} is not there.', word(name)),
    say('Deploy again: it is brought there then.'),
  ],
  'disk-full': name => [
    say('The disk is full: {0} could not be made.', word(name)),
    say('Make room on the server and try again.'),
  ],
  'port-taken': (name, port, whom) => [
    word(whom) === ''
      ? say('{0} cannot have the port {1}: it is taken.', word(name), word(port))
      : say('{0} cannot have the port {1}: {2} has it.', word(name), word(port), word(whom)),
    say('Stop what has the port, or configure another one.'),
  ],
  'name-taken': (name, image) => [
    say('There is another container called {0}, of {1}.', word(name), word(image)),
    say('Remove or rename it and try again.'),
  ],
  'docker-silent': () => [say('Docker does not answer.'), say('Check Docker on the server and try again.')],
  'docker-refused': (name, text) => [say('Docker refused {0}: {1}', word(name), word(text)), tryAgain()],
  'not-healthy': (name, why) => [
    say('{0} did not get healthy: {1}', word(name), word(why)),
    say('Look at what it printed, in the log.'),
  ],
  ended: (name, code) => [
    say('{0} ended with {1}.', word(name), word(code)),
    say('Look at what it printed, in the log.'),
  ],
  'took-too-long': name => [say('{0} did not end within an hour.', word(name)), tryAgain()],
  'settings-missing': service => [
    say('The settings of {0} do not lie there: it was not deployed from an editor.', word(service)),
    say('Deploy it once.'),
  ],
  'no-node': service => [
    say('{0} has no node of the swarm that it may be on.', word(service)),
    say('Check its placement, and that the servers are in this swarm.'),
  ],
  'not-overlay': network => [
    say('The network {0} is of this server alone: a swarm cannot use it.', word(network)),
    say('Remove it with what is in it, and try again.'),
  ],
  'still-there': service => [
    say('What {0} ran before does not end.', word(service)),
    say('Look at the server and try again.'),
  ],
  'not-as-before': service => [say('The swarm did not make {0} what it was.', word(service)), tryAgain()],
  everywhere: service => [
    say('{0} is on every server: there is no number of it.', word(service)),
    say('Change its placement in the configuration.'),
  ],
  'compose-missing': () => [
    say('Docker Compose is not there.'),
    say('Install the Compose plugin of Docker, or docker-compose, on the server.'),
  ],
  'compose-old': version => [
    say('docker-compose {0} does not work with this Docker Engine.', word(version)),
    say('Install the Compose plugin of Docker on the server.'),
  ],
  'psql-missing': service =>
    word(service) === ''
      ? [say('psql is not there.'), say('Install it on the server, as with apt install postgresql-client.')]
      : [
          say('psql is not in the container of {0}.', word(service)),
          say('Use an image that has it, or make the strategy of the migrations manual.'),
        ],
  'not-running': service => [say('{0} does not run.', word(service)), say('Deploy it first.')],
  database: text => [
    say('The database does not take the connection: {0}', word(text)),
    say('Check the value of its connection_env, and that the database runs.'),
  ],
  migration: (file, text) => [
    say('{0} failed, and nothing of it was kept: {1}', word(file), word(text)),
    say('Correct it and deploy again.'),
  ],
  'cut-off': () => [say('What was sent did not arrive whole.'), say('Try again.')],
};

/** What a script failed of. `errors`: what it printed where it told nothing. */
export function faultOf(told: readonly Told[], where: Clean, errors: Clean): UserError {
  const [code, ...values] = told.find(({ what }) => what === 'fault')?.values ?? [];
  const [what, next] = FAULTS[String(code)]?.(...values) ?? [
    say('The script failed: {0}', errors),
    tryAgain(),
  ];
  return new UserError(code ?? 'script-failed', { what, where, next });
}
