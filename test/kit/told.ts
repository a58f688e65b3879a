/** What was read, as JSON, but for how servers are reached: that is never shown. */
export function toldJson(value: unknown): string {
  return JSON.stringify(value, (name, each: unknown) => (name === 'reach' ? undefined : each));
}
