/** A number as the reader's language writes it. */
export function numberText(value: number): string {
  return value.toLocaleString(document.documentElement.lang || undefined);
}

/** A text of the extension's with numbers in their places. */
export function filled(template: string, ...values: readonly number[]): string {
  return template.replaceAll(/\{(\d)\}/g, (_, index: string) => numberText(values[Number(index)] ?? 0));
}
