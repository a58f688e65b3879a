import { say, type Clean } from '../base/clean.ts';

/** The machine that this runs on, which is the one that dials out to servers. */
export interface Here {
  /** How the editor's window is connected to it; nothing where both are one machine. */
  readonly remote?: string;
  readonly host: Clean;
  /** The name of its Linux, where it is one of Windows'. */
  readonly distribution?: Clean;
  /** What is open in the window: a dev container is known by that. */
  readonly workspace?: Clean;
}

/** Who dials out, for a view: "from WSL: Ubuntu". Nothing for the machine that a person sits at. */
export function fromHere({ remote, host, distribution, workspace }: Here): Clean | undefined {
  switch (remote) {
    case undefined:
      return undefined;
    case 'wsl':
      return distribution ? say('from WSL: {0}', distribution) : say('from WSL');
    case 'dev-container':
    case 'attached-container':
      return workspace ? say('from dev container {0}', workspace) : say('from a dev container');
    case 'ssh-remote':
      return say('from ssh: {0}', host);
    case 'codespaces':
      return say('from a codespace');
    default:
      return say('from {0}', host);
  }
}

/** The same as part of a sentence: "No usable key in this dev container". */
export function inHere({ remote, host, distribution }: Here): Clean {
  switch (remote) {
    case undefined:
      return say('on this machine');
    case 'wsl':
      return distribution ? say('in WSL ({0})', distribution) : say('in WSL');
    case 'dev-container':
    case 'attached-container':
      return say('in this dev container');
    case 'codespaces':
      return say('in this codespace');
    default:
      return say('on {0}', host);
  }
}
