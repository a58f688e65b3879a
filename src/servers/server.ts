import { say, type Clean } from '../base/clean.ts';
import { targetOf, type ServerSettings, type Target } from '../ssh/target.ts';
import { HERE } from '../state/composed.ts';
import type { Machine } from '../state/machines.ts';
import type { Server } from '../state/model.ts';

/** A server as operations are given it, as plain data. */
export interface ServerRef {
  /** Of the machine (`Machine.id`). */
  readonly id: string;
  readonly name: Clean;
  readonly target: Target;
}

/** What is deployed where the editor runs has this one. */
export const thisMachine = (): ServerRef => ({
  id: HERE,
  name: say('this machine'),
  target: { host: 'localhost', isHere: true },
});

/** How to reach a machine; nothing where that is only known as the name of a variable. */
export function refOf({ id, server, also }: Machine, settings: ServerSettings): ServerRef | undefined {
  if (server.kind === 'here') return thisMachine();
  const { name } = server;
  const all = [server, ...also];
  const first = <T>(valueOf: (each: Server) => T | undefined): T | undefined =>
    all.map(valueOf).find(each => each !== undefined);
  const target = targetOf(
    {
      name,
      address: first(each => each.reach?.host ?? each.address),
      port: first(each => each.reach?.port ?? each.port),
      user: first(each => each.reach?.user ?? each.user),
      identityFile: first(each => each.reach?.keyFile),
    },
    settings,
  );
  // What is not shown of it is not shown in what happens with it either.
  const isHidden = all.some(({ reach }) => (reach?.host ?? reach?.port ?? reach?.user) !== undefined);
  return target && { id, name, target: { ...target, ...(isHidden && { label: name }) } };
}
