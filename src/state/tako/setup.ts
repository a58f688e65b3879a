import { clean, type Clean } from '../../base/clean.ts';
import { Fields } from '../../base/fields.ts';
import type { At } from '../../base/finding.ts';
import type { ProjectSetup } from '../model.ts';

/** The section `setup`, as it is written. What is wrong with it is told by `checks.ts`. */
export function setupOf(root: Fields, source: At, secrets: readonly string[]): ProjectSetup | undefined {
  const setup = Fields.of(root.raw('setup'));
  const text = (fields: Fields, name: string): Clean | undefined => {
    const value = either(fields, name);
    return value === undefined || value === null ? undefined : clean(value, 80, secrets);
  };
  if (!root.has('setup') || !setup) return undefined;
  const windowOf = (value: unknown): ProjectSetup['window'] => {
    if (value === undefined || value === null) return undefined;
    const window = Fields.of(value);
    if (!window) return {};
    if (either(window, 'enabled') === false) return undefined;
    const days = either(window, 'days') ?? undefined;
    return {
      ...(days !== undefined && {
        days: Array.isArray(days) ? days.map(day => clean(day, 80, secrets)) : [],
      }),
      start: text(window, 'start_time'),
      end: text(window, 'end_time'),
    };
  };
  return {
    checks: flag(setup, 'auto_check_updates'),
    upgrades: flag(setup, 'auto_upgrade'),
    strategy: text(setup, 'upgrade_strategy'),
    window: windowOf(either(setup, 'maintenance_window')),
    source,
  };
}

/** What is neither true nor false allows nothing. */
function flag(fields: Fields, name: string): boolean | undefined {
  const value = either(fields, name);
  return value === undefined || value === null ? undefined : value === true;
}

/** The sections beside it are written in camel case, so people write this one so, too. */
function either(fields: Fields, name: string): unknown {
  return fields.raw(name) ?? fields.raw(name.replaceAll('_', ''));
}
