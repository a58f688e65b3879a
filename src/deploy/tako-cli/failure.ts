/** What an exit code of the tako program means to a person. */
import { clean, join, say, sentence, type Clean } from '../../base/clean.ts';
import { UserError } from '../../base/errors.ts';
import { attachment, confirmation, deployResult } from './documents.ts';
import type { TakoEnded } from './run.ts';

/** It did what was asked. 6: also that something wants attention, which its document tells. */
export function isDone({ code, document }: TakoEnded): boolean {
  return code === 0 || (code === 6 && document !== undefined);
}

/** `now`: what is true of the environment after it, where that was asked. */
export function takoFailed(ended: TakoEnded, environment: string, now?: Clean): UserError {
  const [code, what, next] = told(ended);
  return new UserError(code, {
    what,
    where: environment,
    next: join([now === undefined ? undefined : sentence(now), next], ' '),
  });
}

function told(ended: TakoEnded): readonly [code: string, what: Clean, next: Clean] {
  const { code, document } = ended;
  if (document?.kind === 'ClusterAttachmentRequired') {
    const { cluster, text } = attachment(document.fields);
    return [
      'tako-attachment',
      join(
        [say('Its servers would join the cluster {0}, which a person has to agree to.', cluster), text],
        ' ',
      ),
      say('Agree to it in a terminal: {0}', clean(`tako deploy --accept-cluster ${cluster}`)),
    ];
  }
  if (document?.kind === 'ConfirmationRequired') {
    return [
      'plan-changed',
      say('Tako did nothing: {0}', confirmation(document.fields) ?? say('it wants to be confirmed')),
      say('Look at the new plan and decide again.'),
    ];
  }
  const why = whyOf(ended);
  switch (code) {
    case 2:
      return [
        'tako-refused',
        say('Tako refuses: {0}', why),
        say('Nothing was done. Correct it and try again.'),
      ];
    case 3:
      return [
        'tako-held',
        say('Somebody else is at it: {0}', why),
        say('Wait until they are done. What was left behind is seen and released with tako state lease.'),
      ];
    case 4:
      return [
        'tako-unreachable',
        say('A server cannot be reached: {0}', why),
        say('Check the servers and try again.'),
      ];
    case 5:
      return ['cancelled', say('Cancelled.'), say('Tako has put in order what it had begun.')];
    case 6:
      return ['tako-attention', say('Something wants attention: {0}', why), say('Show the log.')];
    case null:
      return [
        'tako-killed',
        say('The tako program was ended by force: what it had begun may be half done.'),
        say('Ask takod what runs, and deploy again.'),
      ];
    default:
      return [
        'tako-failed',
        say('Tako failed with exit code {0}: {1}', code, why),
        say('Its output says more.'),
      ];
  }
}

/** By the document, where it says it; else by what was printed for people, which is often all there is. */
export function whyOf({ document, error }: TakoEnded): Clean {
  if (document) {
    const { services, error: why } = deployResult(document.fields);
    const theirs = services.flatMap(each => (each.error ? [say('{0}: {1}', each.name, each.error)] : []));
    if (theirs.length > 0) return join(theirs, '; ');
    if (why !== undefined) return why;
  }
  return error === '' ? say('it does not say why') : error;
}
