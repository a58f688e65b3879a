/** A shop on two servers with plain Docker, for the tests of a suite: before each of them nothing was ever deployed. */
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { createContainersRuntime } from '../../../src/deploy/containers/runtime.ts';
import type { Replacement, Runtime } from '../../../src/deploy/runtime.ts';
import { openLab, type Server } from '../lab.ts';
import { clear, held, openShop, service, type Version } from './there.ts';

export interface PlainDocker {
  readonly servers: readonly [Server, Server];
  /** Of the images, by their versions. */
  readonly ids: Readonly<Record<Version, string>>;
  readonly runtime: (release: string) => Runtime;
  readonly replacement: (
    name: string,
    version: Version,
    changes?: Parameters<typeof service>[1],
  ) => Replacement;
  /** Cuts the connections, as when an editor is killed. */
  readonly cut: () => void;
  /** Holds the servers anew, over whoever has these tokens. */
  readonly hold: (over: readonly string[]) => Promise<void>;
}

/** Its parts are there while a test runs. */
export function plainDocker(): PlainDocker {
  let closeLab = (): Promise<void> => Promise.resolve();
  let shop: Awaited<ReturnType<typeof openShop>>;
  let there: Awaited<ReturnType<typeof held>>;
  const hold = async (over: readonly string[] = []): Promise<void> => {
    there = await held(shop.servers, over);
  };

  beforeAll(async () => {
    shop = await openShop(await openLab(close => (closeLab = close)));
  });
  afterAll(() => closeLab());
  beforeEach(async () => {
    await clear(shop.servers);
    await hold();
  });

  return {
    get servers() {
      return shop.servers;
    },
    get ids() {
      return shop.ids;
    },
    runtime: release =>
      createContainersRuntime({
        servers: there.servers,
        project: 'shop',
        environment: 'production',
        release,
        secrets: ['hunter22'],
      }),
    replacement: (name, version, changes = {}) => ({
      service: service(name, changes),
      imageId: shop.ids[version],
      image: `shop/web:${version}`,
    }),
    cut: () => there.close(),
    hold,
  };
}
