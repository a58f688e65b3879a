/** A table for spreadsheets (RFC 4180), the names of its columns first. */
export function csv(rows: readonly (readonly string[])[]): string {
  return rows.map(row => `${row.map(cell).join(',')}\r\n`).join('');
}

/** A spreadsheet takes what begins like a formula for one, whoever wrote it; after an apostrophe it is text (OWASP). */
function cell(value: string): string {
  const text = /^\s*[=+\-@|]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
