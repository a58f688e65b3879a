import type { Json } from '../../base/json.ts';

export type Values = Readonly<Record<string, Json>>;

/** A host to be written, as all forms and inventories can say it. Not cleaned: it is never shown as it is. */
export interface Host {
  readonly name: string;
  readonly address?: string;
  readonly port?: number;
  readonly user?: string;
  readonly groups: readonly string[];
  readonly variables: Values;
}

/** Changes of a host; what is not named stays. */
export interface HostChanges {
  readonly address?: string;
  /** `null`: no longer set, as for `user`. */
  readonly port?: number | null;
  readonly user?: string | null;
  readonly groups?: readonly string[];
  readonly variables?: Values;
  /** Names of variables that are taken away. */
  readonly without?: readonly string[];
}

export function changedHost(host: Host, changes: HostChanges): Host {
  const { address = host.address, port = host.port, user = host.user, groups = host.groups } = changes;
  const variables = changedValues(host.variables, changes.variables, changes.without);
  return hostOf(host.name, { address, port, user, groups, variables });
}

/** Values with some set and some taken away. */
export function changedValues<T extends Json>(
  values: Readonly<Record<string, T>>,
  set: Readonly<Record<string, T>> = {},
  without: readonly string[] = [],
): Readonly<Record<string, T>> {
  return Object.fromEntries(
    Object.entries({ ...values, ...set }).filter(([name]) => !without.includes(name)),
  );
}

/** The host whose fields have these values; what has another type, or is empty, is not set. */
export function hostOf(name: string, fields: Readonly<Partial<Record<keyof Host, unknown>>>): Host {
  const { address, port, user, groups, variables } = fields;
  return {
    name,
    ...(typeof address === 'string' && address !== '' && { address }),
    ...(typeof port === 'number' && port !== 0 && { port }),
    ...(typeof user === 'string' && user !== '' && { user }),
    groups: Array.isArray(groups) ? groups.filter(each => typeof each === 'string' && each !== '') : [],
    variables: valuesOf(variables),
  };
}

/** The members of a value read from JSON or YAML; of what is no object, none. */
export function valuesOf(value: unknown): Values {
  return isValues(value) ? value : {};
}

/** Of a value read from JSON or YAML, whose parsers make nothing but JSON. */
export function isValues(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isEmpty(values: Values): boolean {
  return Object.keys(values).length === 0;
}

/** The variables by which an inventory, and FTL2's own form, tell how a host is reached. */
export function connectionVariables({ address, port, user }: Host): Values {
  return {
    ...(address !== undefined && { ansible_host: address }),
    ...(port !== undefined && { ansible_port: port }),
    ...(user !== undefined && { ansible_user: user }),
  };
}

/** What a host is to be in an inventory. */
export interface InventoryChange {
  /** All its groups; none takes it out of the file. Without this they stay as they are. */
  readonly groups?: readonly string[];
  readonly set: Values;
  readonly unset: readonly string[];
}

/** Whether an inventory in any format can hold this name and take it for a name only. */
export function isPlainName(name: string): boolean {
  return name.length < 256 && /^[^\p{C}\p{Z}\s"'#;:,=[\]\\]+$/u.test(name);
}
