import os from 'node:os';

/** Where connections come from and what they are told by the settings. */
export interface SshSettings {
  /** Instead of the person's and the system's. */
  readonly configFile?: string;
  /** The program that reads the configuration; else `ssh`. */
  readonly program?: string;
}

/** The keywords of a configuration in lower case, with the values that count for one host. */
export type Values = ReadonlyMap<string, readonly string[]>;

/** ssh takes the home folder from the system's account, whatever HOME says. */
export const home = os.userInfo().homedir;
