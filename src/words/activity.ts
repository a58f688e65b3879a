import { clean, jsonText, NONE, type Clean } from '../base/clean.ts';
import { secondText } from '../base/time.ts';
import type { Activity } from '../state/model.ts';
import { csv } from './csv.ts';

// Names of columns are for programs; they are the same in every language.
const COLUMNS = ['time', 'type', 'user', 'resource', 'message'] as const;

/** The activity of a stack as a table for spreadsheets, in the order given. */
export function activityCsv(activity: readonly Activity[]): string {
  const rows = activity.map(each => Object.values(fieldsOf(each)));
  return csv([COLUMNS, ...rows]);
}

/** The same for programs. */
export function activityJson(activity: readonly Activity[]): Clean {
  return jsonText(activity.map(fieldsOf));
}

function fieldsOf({ at, type, by, resource, text }: Activity): Record<(typeof COLUMNS)[number], Clean> {
  return {
    time: at === undefined ? NONE : clean(secondText(at)),
    type,
    user: by ?? NONE,
    resource: resource ?? NONE,
    message: text ?? NONE,
  };
}
