/** Runs scripts on one server as root, however it is reached. */
export interface Shell {
  /** Runs a POSIX script with arguments to its end. Rejects where it is not known how it ended. */
  run(script: string, args: readonly string[]): Promise<ShellEnd>;
}

export interface ShellEnd {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}
