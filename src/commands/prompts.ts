import * as vscode from 'vscode';
import { clean, join, say } from '../base/clean.ts';
import type { UnknownHostKey } from '../ssh/known-hosts.ts';
import type { Prompts } from '../ssh/prompts.ts';
import { plain } from '../words/plain.ts';

/**
 * Asks the person in front of the editor. Passphrases are kept in the editor's secret storage by their key file; what a server asks
 * is typed anew each time. What was refused is not asked again.
 */
export function promptsIn(secrets: vscode.SecretStorage): Prompts {
  const refused = new Set<string>();
  const shown = new Set<string>();

  /** `what` names the question. */
  async function input(
    what: string,
    options: vscode.InputBoxOptions,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const text = await inTurn(async () =>
      refused.has(what)
        ? undefined
        : await whileWanted(signal, token =>
            vscode.window.showInputBox({ ...options, ignoreFocusOut: true }, token),
          ),
    );
    if (text === undefined && !signal.aborted) refused.add(what);
    return text;
  }

  return {
    async passphrase(keyFile, wrong, signal) {
      const kept = `passphrase ${keyFile}`;
      if (wrong) await secrets.delete(kept);
      const known = await secrets.get(kept);
      if (known !== undefined) return known;
      const title = say('Passphrase of {0}', keyFile);
      const prompt = join(
        [
          wrong ? say('That was not it.') : undefined,
          say('It is kept in the secret storage of the editor, and nowhere else.'),
        ],
        ' ',
      );
      const given = await input(kept, { title, prompt, password: true }, signal);
      if (given !== undefined) await secrets.store(kept, given);
      return given;
    },
    answer: (where, { text, secret }, signal) =>
      input(
        `answer ${where}`,
        {
          title: say('{0} asks whoever logs in', where),
          // The text is the server's. Who reads it has to know where the answer goes.
          prompt: plain(say('“{0}” What you type is sent to this server and not kept.', text)),
          password: secret,
        },
        signal,
      ),
    async review(keys, signal) {
      const fresh = keys.filter(key => !shown.has(idOf(key)));
      for (const key of fresh) shown.add(idOf(key));
      if (fresh.length === 0) return [];
      const chosen = await inTurn(() =>
        whileWanted(signal, token =>
          vscode.window.showQuickPick(
            fresh.map(keyItem),
            {
              title: say('Host keys that are not known'),
              placeHolder: say('Compare each with its server, and tick those that are the same'),
              canPickMany: true,
              ignoreFocusOut: true,
              matchOnDetail: true,
            },
            token,
          ),
        ),
      );
      return (chosen ?? []).map(({ key }) => key);
    },
  };
}

/** Each time that a server is met anew, its key is another object. */
function idOf({ name, fingerprint }: UnknownHostKey): string {
  return `${name} ${fingerprint}`;
}

function keyItem(key: UnknownHostKey): vscode.QuickPickItem & { readonly key: UnknownHostKey } {
  const { where, type, fingerprint, name, hashName, file } = key;
  const line = hashName
    ? say('would be written to {0}, hashed', clean(file))
    : say('would be written to {0} as {1}', clean(file), clean(name));
  return {
    label: plain(where),
    description: plain(join([type, line], ' · ')),
    detail: fingerprint, // alone: it has to be seen whole
    key,
  };
}

/** One dialog after the other: the editor closes one when the next opens, which would pass for a refusal. */
async function inTurn<T>(dialog: () => Promise<T>): Promise<T> {
  waiting++;
  const turn = last.then(dialog);
  last = turn.catch(() => undefined);
  try {
    return await turn;
  } finally {
    waiting--;
  }
}

let last: Promise<unknown> = Promise.resolve();
let waiting = 0;

/** Ends with the dialogs that servers made necessary, which close what else is open; nothing where there is none. */
export function dialogsOver(): Promise<unknown> | undefined {
  return waiting > 0 ? last.then(() => dialogsOver()) : undefined;
}

async function whileWanted<T>(
  signal: AbortSignal,
  dialog: (token: vscode.CancellationToken) => Thenable<T | undefined>,
): Promise<T | undefined> {
  if (signal.aborted) return undefined;
  const source = new vscode.CancellationTokenSource();
  const cancel = (): void => source.cancel();
  signal.addEventListener('abort', cancel);
  try {
    return await dialog(source.token);
  } finally {
    signal.removeEventListener('abort', cancel);
    source.dispose();
  }
}
