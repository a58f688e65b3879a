import { clean, say } from '../../base/clean.ts';
import { folderHere } from '../../servers/here.ts';
import { UserError } from '../../base/errors.ts';

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;

/** Where a server keeps what it knows of an environment. */
export function environmentFolder(project: string, environment: string, isHere = false): string {
  return `${isHere ? folderHere() : '/var/lib/shipshape/deploy'}/${checkedName(project)}/${checkedName(environment)}`;
}

/** A name that comes from files and becomes part of a path and of names in Docker. */
export function checkedName(name: string): string {
  if (NAME.test(name)) return name;
  throw new UserError('bad-name', {
    what: say('Nothing can be deployed under the name {0}.', clean(JSON.stringify(name))),
    where: name,
    next: say('Use up to 63 letters, digits, dots, dashes and underscores, the first a letter or a digit.'),
  });
}
