import { say } from '../../base/clean.ts';
import type { AppService } from './application.ts';
import { commandAt } from './health.ts';
import type { Written } from './written.ts';

/**
 * The commands that migrate data: `deploy.release.command`, and of `hooks` those that are meant for a container (`exec: …`).
 * What the others would do on a server or here is not done for a repository.
 */
export function hooksOf(service: Written): AppService['hooks'] {
  const hooks = service.at('hooks');
  const release = service.at('deploy').at('release').at('command');
  const before = [...(release.isThere ? [commandAt(release) ?? []] : []), ...insideAt(hooks.at('preDeploy'))];
  const after = [...insideAt(hooks.at('postDeploy')), ...insideAt(hooks.at('postStart'))];
  for (const name of hooks.names) {
    const hook = hooks.at(name);
    if (['preDeploy', 'postDeploy', 'postStart'].includes(name)) continue;
    if (name === 'preBuild')
      hook.error('hook', say('{0} is not run here; the image would be built without it.', hook.place));
    else hook.warning('hook', say('{0} is not run here.', hook.place));
  }
  const [first, last] = [one(before), one(after)];
  return { ...(first && { before: first }), ...(last && { after: last }) };
}

function insideAt(hook: Written): readonly (readonly string[])[] {
  return hook.items.flatMap(each => {
    const command = /^exec:\s*(\S.*)$/s.exec(each.text() ?? '')?.[1];
    if (command !== undefined) return [['sh', '-c', command]];
    each.warning(
      'hook',
      say(
        '{0} is not run here: only what has exec: in front of it is, in a container of the image.',
        each.place,
      ),
    );
    return [];
  });
}

/** Several are run one after the other, as long as each does well. */
function one(commands: readonly (readonly string[])[]): readonly string[] | undefined {
  const [first] = commands;
  if (commands.length < 2) return first && first.length > 0 ? first : undefined;
  return ['sh', '-c', commands.map(each => `(${each.map(quoted).join(' ')})`).join(' && ')];
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
