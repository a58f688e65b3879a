import { clean, join, say, type Clean } from '../base/clean.ts';
import { zonedText, type Instant } from '../base/time.ts';

// Markdown for wherever people paste it. What comes from state stands in code spans, in which no chat and no forge knows links,
// mentions, HTML or anything else; and nothing from state can end one.

/** A text from state. */
export function code(text: Clean): Clean {
  const inside = text.replaceAll('`', "'").replace(/\s+/g, ' ').trim();
  return (inside === '' ? '–' : `\`${inside}\``) as Clean; // still clean
}

/** Several of them. */
export function codes(texts: readonly Clean[]): Clean {
  return join(texts.map(code), ', ');
}

/** An entry of a list; none where there is no value. `value` is Markdown already. */
export function item(label: Clean, value: Clean | undefined): Clean | undefined {
  return value === undefined || value === '' ? undefined : say('- {0}: {1}', label, value);
}

/** A row of a table. No bar stays in a cell: it would end it, also in a code span, and behind a backslash. */
export function row(cells: readonly Clean[]): Clean {
  return `| ${cells.map(cell => cell.replaceAll('|', '¦')).join(' | ')} |` as Clean; // still clean
}

/** The lines that are there. */
export function lines(...parts: readonly (Clean | undefined)[]): Clean {
  return join(parts, '\n');
}

/** A moment for readers anywhere: never an age, which would be wrong when it is read. */
export function time(at: Instant): Clean {
  return clean(zonedText(at));
}
