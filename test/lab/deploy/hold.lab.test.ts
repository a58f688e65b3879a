import { expect, onTestFinished, test, vi } from 'vitest';
import { clean } from '../../../src/base/clean.ts';
import type { Access } from '../../../src/deploy/access.ts';
import type { HeldServer, HeldServers } from '../../../src/deploy/hold/held-server.ts';
import { holdServers, type HoldRequest } from '../../../src/deploy/hold/hold.ts';
import { checkServer } from '../../../src/servers/check.ts';
import { together } from '../../../src/deploy/telling.ts';
import type { ServerRef } from '../../../src/servers/server.ts';
import { Connection } from '../../../src/ssh/connection.ts';
import { askNobody } from '../../../src/ssh/prompts.ts';
import type { DeployedThere } from '../../../src/state/observed.ts';
import { connectionsTo, refTo } from '../check/accounts.ts';
import { openLab, type Server } from '../lab.ts';
import { labSuite } from '../suite.ts';

const signal = new AbortController().signal;
const WAIT = { timeout: 20_000 };
const FOLDER = '/var/lib/shipshape/deploy/shop/production';

/** Somebody who deploys to servers, from a machine of their own. */
function person(name: string, servers: readonly Server[]) {
  const access: Access = {
    connections: connectionsTo(onTestFinished, servers),
    prompts: askNobody(),
    now: Date.now,
    observed: () => undefined,
  };
  const asked = { project: 'shop', environment: 'production', operation: clean('Deploy shop') };
  const refs = servers.map(server => refTo(server));
  return {
    hold: (also: Partial<HoldRequest> = {}, on: readonly ServerRef[] = refs): Promise<HeldServers> =>
      holdServers(access, on, { ...asked, by: clean(name), ...also }, signal),
    deployedOn: async (ref: ServerRef): Promise<readonly DeployedThere[]> =>
      (await checkServer(access.connections, ref, { prompts: askNobody(), signal })).answer?.deployed ?? [],
    refs,
  };
}

const on = (held: HeldServers, name: string): HeldServer => {
  const server = held.byName(name);
  if (!server) throw new Error(`${name} is not held`);
  return server;
};

labSuite('The lock of an environment on servers', { needs: 'full' }, () => {
  test('is one deployment’s on all servers or on none, and costs a round trip', async () => {
    const lab = await openLab(onTestFinished);
    const servers = await Promise.all([lab.server(), lab.server()]);
    const [one, two] = servers;
    const [ana, bob] = [person('ana@mac', servers), person('bob@pc', servers)];
    const [, second] = bob.refs;
    if (!second) throw new Error('There are two');

    const run = vi.spyOn(Connection.prototype, 'run');
    onTestFinished(() => run.mockRestore());
    const held = await ana.hold({ release: 'r-1' });
    for (const each of held.servers) {
      const hostile = `'; touch /EXECUTED; '$(touch /EXECUTED)`;
      const ended = await each.act('printf "%s\\n" "$1" | tee "$folder/said"; cat; exit 3', [hostile], {
        stdin: Buffer.from('in'),
      });
      expect(ended).toMatchObject({ code: 3, output: `${hostile}\nin`, errors: '' });
    }
    expect(run).toHaveBeenCalledTimes(4);
    await expect(bob.hold()).rejects.toMatchObject({
      code: 'held',
      what: expect.stringMatching(
        /^Somebody else is at work\. ana@mac: Deploy shop \(r-1\), since \d\d:\d\d\. Last/,
      ) as string,
      where: one.name,
      next: 'Nothing was done. Wait until that has ended.',
    });
    expect(await bob.deployedOn(second)).toMatchObject([
      { project: 'shop', environment: 'production', hold: { by: 'ana@mac', release: 'r-1', isOver: false } },
    ]);
    await held.making();
    const [{ hold } = { hold: undefined }] = await bob.deployedOn(second);
    expect(hold).toMatchObject({ by: 'ana@mac', isOver: false });
    expect(hold?.release).toBeUndefined();
    await held.making('r-2');
    expect(await bob.deployedOn(second)).toMatchObject([{ hold: { release: 'r-2' } }]);
    // Others of the same project, and the same of another, are not in its way.
    await (await bob.hold({ environment: 'staging' })).release();
    expect(await one.run(`stat -c '%a %U' /var/lib/shipshape/deploy ${FOLDER} ${FOLDER}/holder`)).toBe(
      '700 root\n700 root\n600 root\n',
    );
    run.mockClear();
    expect(await held.release()).toEqual([]);
    expect(run).toHaveBeenCalledTimes(2);
    expect(await one.run('ls /')).not.toContain('EXECUTED');

    const part = await bob.hold({}, [second]);
    await expect(ana.hold()).rejects.toMatchObject({ code: 'held', where: two.name });
    expect(await one.run(`ls ${FOLDER}`)).toBe('lock\nsaid\n');
    await part.release();

    // Of many who come at once, one has it.
    const all = await Promise.allSettled([ana, bob, ana, bob, ana].map(each => each.hold()));
    expect(all.map(({ status }) => status).toSorted()).toEqual([
      'fulfilled',
      ...Array<string>(4).fill('rejected'),
    ]);
    for (const each of all) if (each.status === 'fulfilled') expect(await each.value.release()).toEqual([]);
  });

  test('is held while its servers begin together, or none of them does', async () => {
    const lab = await openLab(onTestFinished);
    const servers = await Promise.all([lab.server(), lab.server()]);
    const [, two] = servers;
    const held = await person('ana@mac', servers).hold();
    const happened: string[] = [];
    const begin = (name: string) =>
      together(held.servers, (each, ready) =>
        each.act('touch "/$1"; echo begun', [name], {
          ready,
          onOutput: () => void happened.push(`${name} begun`),
        }),
      );
    const isThere = (name: string): Promise<boolean[]> =>
      Promise.all(servers.map(async each => (await each.attempt(`test -e /${name}`)).code === 0));

    const busy = on(held, two.name)
      .act('sleep 2')
      .then(() => happened.push('free'));
    await begin('late');
    await busy;
    expect(happened).toEqual(['free', 'late begun', 'late begun']);
    expect(await isThere('late')).toEqual([true, true]);

    const stop = new AbortController();
    const away = on(held, two.name).act('sleep 60', [], { signal: stop.signal });
    const both = Promise.allSettled([away, begin('never')]);
    await two.kill();
    stop.abort();
    const [, never] = await both;
    expect(never).toMatchObject({ status: 'rejected', reason: { name: 'UserError' } });
    expect((await isThere('never'))[0]).toBe(false);
  });

  test('is taken over with evidence: what the late holder begins does nothing', async () => {
    const lab = await openLab(onTestFinished);
    const server = await lab.server();
    const [ana, bob] = [person('ana@mac', [server]), person('bob@pc', [server])];
    const [ref] = bob.refs;
    if (!ref) throw new Error('There is one');
    const timers = vi.spyOn(globalThis, 'setInterval');
    onTestFinished(() => timers.mockRestore());
    const late = await ana.hold();
    const touched = () => server.run(`stat -c %Y ${FOLDER}/holder`).then(Number);
    await server.run(`touch -d '4 minutes ago' ${FOLDER}/holder`);
    const before = await touched();
    // A minute is over. Others wait for other times: a connection that is silent for one is given up.
    for (const [tick, length] of timers.mock.calls) if (length === 60_000) tick();
    await vi.waitUntil(async () => (await touched()) >= before + 200, WAIT);
    await server.run(`touch -d '10 minutes ago' ${FOLDER}/holder`);
    await expect(bob.hold()).rejects.toMatchObject({
      what: expect.stringContaining('safe to take over') as string,
      next: 'Nothing was done. Take the lock over.',
    });
    const [{ hold } = { hold: undefined }] = await bob.deployedOn(ref);
    expect(hold).toMatchObject({ by: 'ana@mac', isOver: true });

    const working = on(late, server.name).act('touch /begun; sleep 60; touch /late');
    await vi.waitUntil(() => server.run('ls /begun').catch(() => ''), WAIT);
    const held = await bob.hold({ over: [hold?.token ?? ''] });
    // It was ended by a signal, or cut off.
    expect(await working.then(({ code }) => code, String)).not.toBe(0);
    await expect(on(late, server.name).act('touch /late')).rejects.toMatchObject({ code: 'lock-lost' });
    expect(await late.release()).toEqual([]);
    expect(await on(held, server.name).act('ls /')).toMatchObject({ code: 0 });
    expect(await server.run('ls / && pgrep -x sleep || true')).not.toMatch(/late|^\d/m);
    expect(await held.release()).toEqual([]);
  });

  test('outlives connections, and lets nobody in who cannot be written down', async () => {
    const lab = await openLab(onTestFinished);
    const server = await lab.server();
    const ana = person('ana@mac', [server]);
    const held = await ana.hold();
    const there = on(held, server.name);
    const cut = expect(there.act('touch /begun; sleep 600 & wait; touch /late')).rejects.toMatchObject({
      code: 'connection-lost',
    });
    await vi.waitUntil(() => server.run('ls /begun').catch(() => ''), WAIT);
    await server.stopSshd();
    await cut;
    await server.startSshd();
    // What lost its connection is ended, so that nothing goes on behind what is done now.
    expect(await there.act('ls /; pgrep -x sleep')).toMatchObject({ code: 1 });
    expect((await there.look('ls /')).output).not.toContain('late');

    const cancel = new AbortController();
    const cancelled = there.act('sleep 60', [], { signal: cancel.signal });
    setTimeout(() => cancel.abort(), 300);
    await expect(cancelled).rejects.toMatchObject({ name: 'AbortError' });
    expect(await there.act(':')).toMatchObject({ code: 0 });

    await server.stopSshd();
    expect(await held.release()).toMatchObject([
      { server: { name: server.name }, why: expect.stringMatching(/./) as string },
    ]);
    await server.startSshd();
    await server.run(`rm ${FOLDER}/holder`);
    await server.fillDisk();
    await expect(ana.hold()).rejects.toMatchObject({
      code: 'not-taken',
      what: expect.stringContaining('No space left') as string,
    });
    server.emptyDisk();
    expect(await (await ana.hold()).release()).toEqual([]);
    expect(await server.run(`ls ${FOLDER}`)).toBe('lock\n');
  });
});
