/** Whether a recorded name can be one of a commit. Another one is never handed to Git, which could take it for an option. */
export function isCommit(name: string): boolean {
  return /^[0-9a-f]{7,64}$/i.test(name);
}
