import { spawnSync } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { makeImage } from '../image.ts';
import { openLab, type Lab, type Server } from '../lab.ts';
import { labSuite, timed } from '../suite.ts';
import { tcpProxy } from '../tcp-proxy.ts';
import { hasImage, imagesOf, shop, work } from './building.ts';

const WAIT = { timeout: 60_000, interval: 200 };

/** What a build prints must not tell; and it is not on a command line, which `ps` shows to everybody. */
const SECRET = 'correct-horse';

const DOCKERFILE = `FROM base:1 AS files
COPY . /app
RUN chmod 700 /app/run.sh
FROM files AS web
ARG GREETING
ARG PATH_PREFIX=none
RUN echo "$GREETING $PATH_PREFIX" > /app/greeting; echo "it says $GREETING"
CMD ["/app/run.sh"]
`;

const FILES = {
  Dockerfile: DOCKERFILE,
  '.dockerignore': 'secrets\n*.log\n!keep.log\n',
  'run.sh': { text: '#!/bin/sh\ncat /app/greeting\n', mode: 0o755 },
  'secrets/key': 'nobody may have it',
  'out.log': '',
  'keep.log': 'kept',
  [`${'long-name/'.repeat(20)}ü`]: 'deep',
};

const hasDocker = spawnSync('docker', ['--version']).status === 0;

/** A stand-in for the program: it compiles nothing, what it leaves in Docker is real. */
const ENCORE = {
  text: `#!/bin/sh
[ "$1 $2 $#" = 'build docker 3' ] || exit 2
echo "compiling $3"
exec docker build --quiet --tag "$3" .
`,
  mode: 0o755,
};

labSuite('Images', { needs: 'full' }, () => {
  let lab: Lab;
  let closeLab = (): Promise<void> => Promise.resolve();
  let one: Server;
  let two: Server;

  beforeAll(async () => {
    lab = await openLab(close => (closeLab = close));
    [one, two] = await Promise.all([lab.server({ kind: 'docker' }), lab.server({ kind: 'docker' })]);
    await makeImage(one, 'base:1', 'the base');
  });
  afterAll(() => closeLab());

  test('are built of a context on a server, brought to the other one, and then cost one question', async () => {
    const web = shop(
      FILES,
      { args: { GREETING: '${GREETING}' }, values: new Map([['GREETING', SECRET]]), target: 'web' },
      { secrets: [SECRET] },
    );
    const servers = await work([one, two], [one, two]);
    const built = await timed('built, kept and spread', () => servers.all(web, { keepArtifacts: true }));
    expect(built).toMatchObject({ reference: 'shop/web:1.2', on: [one.name] });
    for (const server of [one, two]) {
      const inspected = await server.run(`docker image inspect -f '{{.Id}} {{.Size}}' shop/web:1.2`);
      expect(inspected.trim()).toBe(`${built.id} ${built.bytes}`);
      expect(await server.run(`docker run --rm ${built.id}`)).toBe(`${SECRET} none\n`);
    }
    const files = await two.run(`docker run --rm ${built.id} find /app -type f | sort`);
    expect(files.trim().split('\n')).toEqual(
      ['.dockerignore', 'Dockerfile', 'greeting', 'keep.log', `${'long-name/'.repeat(20)}ü`, 'run.sh'].map(
        each => `/app/${each}`,
      ),
    );
    expect(servers.printed).toContain('it says ••••••');
    expect(servers.told.join('\n')).toMatch(/Building shop\/web:1.2 on web1 from 5 files/);

    const archive = `.tako/builds/artifacts/web-1.2-${built.id.slice(7, 19)}.tar`;
    copyFileSync(web.space.file(archive), `${two.files}/root/web.tar`);
    await two.run('docker image rm -f shop/web:1.2 && docker load -i /root/web.tar');
    expect(await hasImage(two, built.id)).toBe(true);

    servers.asked.length = 0;
    const again = await timed('unchanged', () => servers.all(web));
    expect([again.id, again.on]).toEqual([built.id, [one.name, two.name]]);
    expect(servers.asked.sort()).toEqual([`look ${one.name}`, `look ${two.name}`]);
    expect(again.why).toBe('Nothing of it changed since it was built.');

    web.space.write({ 'keep.log': 'changed' });
    const other = await timed('one file changed', () => servers.all(web));
    expect(other.id).not.toBe(built.id);
    expect(other.why).toBe('Would rebuild because keep.log changed.');
    expect(await two.run(`docker run --rm ${other.id} cat /app/keep.log`)).toBe('changed');
  });

  test('are not there when their build fails, which is told without secrets', async () => {
    const text = 'FROM base:1\nARG TOKEN\nRUN echo "no $TOKEN" >&2; exit 121\n';
    const web = shop(
      { Dockerfile: text },
      { values: new Map([['TOKEN', SECRET]]) },
      { secrets: [SECRET], project: 'failing' },
    );
    const servers = await work([one, two], [one, two]);
    const failure = servers.all(web);
    await expect(failure).rejects.toMatchObject({ code: 'docker', where: one.name });
    await expect(failure).rejects.toThrow(/^The build of failing\/web:1.2 failed: The command .* code: 121 /);
    await expect(failure).rejects.not.toThrow(SECRET);
    expect(servers.printed).toContain('no ••••••');
    expect(await hasImage(one, 'failing/web:1.2')).toBe(false);
    expect((await one.run('ls /tmp; ls -d /run/shipshape-* 2>/dev/null; true')).trim()).not.toMatch(
      /tmp\.|shipshape/,
    );
  });

  test('that a broken line, a person or a dead server stopped halfway leave nothing, and arrive at the next try', async () => {
    // Nothing makes random bytes smaller.
    const text = 'FROM base:1\nRUN dd if=/dev/urandom of=/big bs=1M count=30 2>/dev/null\n';
    const web = shop({ Dockerfile: text }, {}, { project: 'large' });
    const proxy = await tcpProxy(two, onTestFinished);
    const [stop, before] = [new AbortController(), await imagesOf(two)];
    const servers = await work([one, { ...two, proxyPort: proxy.port }], [one, two]);
    proxy.cutAfter(12_000_000, 'up');
    await expect(servers.all(web)).rejects.toMatchObject({ code: 'connection-lost' });
    const nothingLeft = async (): Promise<void> => {
      await vi.waitUntil(
        async () => (await two.run('pgrep -f "[d]ocker load" | wc -l')).trim() === '0',
        WAIT,
      );
      await vi.waitUntil(async () => (await two.run('ls /var/lib/docker/tmp')).trim() === '', WAIT);
      expect(await imagesOf(two)).toEqual(before);
    };
    await nothingLeft();
    expect(await hasImage(one, 'large/web:1.2')).toBe(true);

    proxy.delay(50);
    const halfway = async (going: Promise<unknown>): Promise<{ readonly going: Promise<unknown> }> => {
      going.catch(() => undefined); // looked at below
      await vi.waitUntil(async () => (await two.run('ls /var/lib/docker/tmp')).trim() !== '', WAIT);
      return { going };
    };
    const stopped = await halfway(servers.all(web, { signal: stop.signal }));
    stop.abort();
    await expect(stopped.going).rejects.toThrow('aborted');
    await nothingLeft();
    const dying = await halfway(servers.all(web));
    await two.kill();
    await expect(dying.going).rejects.toMatchObject({ code: 'connection-lost' });
    proxy.delay(0);
    await two.boot();
    await vi.waitUntil(async () => (await two.attempt('docker info')).code === 0, WAIT);
    await nothingLeft();

    servers.asked.length = 0;
    const image = await timed('30 MB, from one server to the other', () => servers.all(web));
    expect(servers.asked.filter(each => each.startsWith('act'))).toEqual([`act ${two.name} with input`]);
    expect(servers.told.at(-1)).toMatch(/^large\/web:1.2: 3\d MB sent to web2$/);
    expect((await two.run('docker image inspect -f "{{.Id}}" large/web:1.2')).trim()).toBe(image.id);
  });

  test('are built where there is room, and a full disk is told by its name', async () => {
    const [small, full] = await Promise.all(['300m', '1g'].map(disk => lab.server({ kind: 'docker', disk })));
    if (!small || !full) throw new Error('two were asked for');
    await Promise.all([small, full].map(each => makeImage(each, 'base:1', 'the base')));
    const text = 'FROM base:1\nRUN dd if=/dev/urandom of=/big bs=1M count=30 2>/dev/null\n';
    const web = shop({ Dockerfile: text }, {}, { project: 'full' });
    const servers = await work([small, full], [small, full]);
    expect((await servers.all(web)).on).toEqual([full.name]);

    const other = shop({ Dockerfile: text }, {}, { project: 'other' });
    await expect(servers.all(other, { servers: servers.servers.slice(0, 1) })).rejects.toMatchObject({
      code: 'disk-full',
      where: small.name,
    });
    await small.run('docker image rm full/web:1.2');
    await small.fillDisk();
    await expect(servers.all(web)).rejects.toMatchObject({ code: 'disk-full', where: small.name });
    expect(await hasImage(small, 'full/web:1.2')).toBe(false);
    small.emptyDisk();
    await servers.all(web);
    expect(await hasImage(small, 'full/web:1.2')).toBe(true);
  });

  test('go through a registry where there is one, whose password stays nowhere', async () => {
    const [keeper, third] = await Promise.all([
      lab.server({ kind: 'docker', name: 'keeper' }),
      lab.server({ kind: 'docker', name: 'third' }),
    ]);
    const host = `${keeper.address}:5000`;
    await timed('a registry', async () => {
      await keeper.run(`
        set -e
        apt-get -qq install --no-install-recommends docker-registry apache2-utils
        htpasswd -nbB me '${SECRET}' >/etc/docker/registry/users
        sed -i '/^auth:/,$d' /etc/docker/registry/config.yml
        printf 'auth:\n  htpasswd:\n    realm: lab\n    path: /etc/docker/registry/users\n' >>/etc/docker/registry/config.yml
        systemctl restart docker-registry`);
      await Promise.all(
        [keeper, third].map(each =>
          each.run(
            `echo '{"insecure-registries": ["${host}"]}' >/etc/docker/daemon.json; systemctl restart docker`,
          ),
        ),
      );
    });
    await makeImage(keeper, 'base:1', 'the base');
    const registry = { host, username: 'me', password: SECRET };
    const about = { registry, registries: [registry], secrets: [SECRET], project: 'kept' };
    const web = shop({ Dockerfile: 'FROM base:1\nRUN echo kept > /kept\n' }, {}, about);
    const servers = await work([keeper, third], [keeper, third]);
    const wrong = { ...registry, password: `not ${SECRET}` };
    const refused = servers.all({ ...web, application: { ...web.application, ...about, registry: wrong } });
    await expect(refused).rejects.toThrow(`The registry ${host} refuses the login`);
    await expect(refused).rejects.not.toThrow(SECRET);

    const image = await timed('through the registry', () => servers.all(web));
    expect(image.reference).toBe(`${host}/kept/web:1.2`);
    expect(servers.told.join()).not.toContain('MB sent to third');
    expect(await third.run(`docker run --rm ${image.id} cat /kept`)).toBe('kept\n');
    const named = { ...web, web: { ...web.web, build: undefined, image: `${host}/kept/web:1.2` } };
    for (const each of [keeper, third]) {
      await each.run(`docker image rm -f $(docker image ls -q ${host}/kept/web)`);
      expect(await each.run('ls -a /run ~/.docker 2>/dev/null; true')).not.toMatch(/shipshape-|config.json/);
    }
    expect(await servers.all(named)).toMatchObject({ id: image.id, why: 'It is on no server yet.' });
    expect(await hasImage(third, image.id)).toBe(true);

    // By its content, with a tag that means nothing then; it is taken away again, so that it can be brought back by its name.
    const format = '{{index .RepoDigests 0}}';
    const [, digest = ''] = (await keeper.run(`docker image inspect -f '${format}' ${image.id}`)).split('@');
    const exact = { ...named, web: { ...named.web, image: `${host}/kept/web:1.2@${digest.trim()}` } };
    for (const each of [keeper, third]) await each.run(`docker image rm -f ${image.id}`);
    expect(await servers.all(exact)).toMatchObject({ id: image.id, why: 'It is on no server yet.' });
    expect(await hasImage(third, image.id)).toBe(true);
    for (const each of [keeper, third]) await each.run(`docker image rm -f ${image.id}`);
    expect(await servers.all(named)).toMatchObject({ id: image.id });

    // Somebody gives the name to another image, which is not here yet: what one server still has is not put over it.
    await third.run(`docker image rm -f ${image.id}`);
    await makeImage(keeper, 'another:1', 'another');
    await keeper.run(`
      docker login --username me --password '${SECRET}' ${host} 2>/dev/null
      docker save ${image.id} >/root/kept.tar
      docker tag another:1 ${host}/kept/web:1.2 && docker push --quiet ${host}/kept/web:1.2
      docker image rm ${host}/kept/web:1.2 && docker tag ${image.id} ${host}/kept/web:1.2`);
    expect(await servers.all(named)).toMatchObject({ id: image.id, why: 'It is on servers already.' });
    expect(await hasImage(third, image.id)).toBe(true);
    expect(servers.told.join()).not.toContain('MB sent to third');
    const another = await keeper.run(
      `docker pull --quiet ${host}/kept/web:1.2 && docker logout ${host} && docker image inspect -f '{{.Id}}' ${host}/kept/web:1.2 another:1`,
    );
    expect(new Set(another.trim().split('\n').slice(-2)).size).toBe(1);
    await expect(
      servers.all({ ...named, web: { ...named.web, image: `${host}/kept/nothing:1` } }),
    ).rejects.toMatchObject({ code: 'docker', where: 'keeper' });
  });

  test.skipIf(!hasDocker)('are built by the Docker here where that is asked for', async () => {
    await two.run(`
      mkdir -p /etc/systemd/system/docker.service.d
      printf '[Service]\nExecStart=\nExecStart=/usr/sbin/dockerd --tls=false -H fd:// -H tcp://${two.address}:2375\n' \
        >/etc/systemd/system/docker.service.d/lab.conf
      systemctl daemon-reload && systemctl restart docker`);
    await makeImage(two, 'base:1', 'the base');
    vi.stubEnv('DOCKER_HOST', `tcp://${two.address}:2375`); // its daemon plays the one of this machine
    onTestFinished(() => void vi.unstubAllEnvs());
    const text = 'FROM base:1\nARG GREETING\nRUN echo "$GREETING" > /greeting; test "$GREETING" != no\n';
    const values = (text: string): { readonly values: ReadonlyMap<string, string> } => ({
      values: new Map([['GREETING', text]]),
    });
    const servers = await work([one], [one]);
    const web = shop({ Dockerfile: text }, values('from here'), { project: 'local' });
    const image = await servers.all(web, { buildStrategy: 'local' });
    expect(image.on).toEqual([]);
    expect(await one.run(`docker run --rm ${image.id} cat /greeting`)).toBe('from here\n');
    const failing = shop({ Dockerfile: text }, values('no'), { project: 'local' });
    await expect(servers.all(failing, { buildStrategy: 'local' })).rejects.toMatchObject({ code: 'docker' });

    const alone = shop({ Dockerfile: text }, values('alone'), { project: 'local' });
    const asked = servers.asked.length;
    const made = await servers.all(alone, { servers: [] });
    expect([made.on, servers.asked.length]).toEqual([[], asked]);
    expect(await two.run(`docker run --rm ${made.id} cat /greeting`)).toBe('alone\n');

    const compiled = { 'api/Dockerfile': 'FROM base:1\nRUN echo compiled > /greeting\n', encore: ENCORE };
    const encore = shop(compiled, { context: 'api', program: 'encore' }, { project: 'encore' });
    await expect(servers.all(encore)).rejects.toMatchObject({ code: 'no-encore' });
    vi.stubEnv('PATH', `${encore.space.root}:${process.env.PATH ?? ''}`);
    const { id } = await servers.all(encore);
    expect(await one.run(`docker run --rm ${id} cat /greeting`)).toBe('compiled\n');
    expect(servers.printed).toContain('compiling encore/web:1.2');
    encore.space.write({ 'api/Dockerfile': 'FROM nowhere\n' });
    await expect(servers.all(encore)).rejects.toThrow(/^Encore did not build encore\/web:1.2: /);
  });
});
