/** An HTTP proxy for apt that keeps what went through it, and serves that when nothing else can be reached. */
import { createReadStream, createWriteStream, mkdirSync, renameSync, statSync, utimesSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';

export interface AptProxy {
  readonly url: string;
  readonly close: () => void;
}

interface Options {
  readonly address: string;
  /** Where it keeps what went through it. */
  readonly folder: string;
  /** Asks nobody. */
  readonly offline?: boolean;
}

/** Packages and files named by their hash never change. Everything else is asked for once in a proxy's life. */
const NEVER_CHANGES = /\.deb$|\/by-hash\//;

const UPSTREAM_MS = 30_000;

export async function startAptProxy({ address, folder, offline = false }: Options): Promise<AptProxy> {
  mkdirSync(folder, { recursive: true });
  const brought = new Map<string, Promise<number>>();

  /** The status of the answer to this request; 200 when it is in its file now. */
  const bring = (url: URL, file: string): Promise<number> => {
    if (NEVER_CHANGES.test(url.pathname) && exists(file)) return Promise.resolve(200);
    const running =
      brought.get(file) ??
      (offline ? Promise.resolve(504) : download(url, file)).then(status =>
        status !== 200 && status !== 404 && exists(file) ? 200 : status,
      );
    brought.set(file, running); // many servers ask for the same at once
    return running;
  };

  const server = http.createServer((request, response) => {
    const url = URL.canParse(request.url ?? '') ? new URL(request.url ?? '') : undefined;
    if (url?.protocol !== 'http:') return void response.writeHead(400).end();
    const file = path.join(folder, `${url.host}${url.pathname}`.replace(/[^\w.+~-]/g, '_'));
    void bring(url, file).then(status => {
      if (status !== 200) return response.writeHead(status).end();
      return serve(file, request, response);
    });
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, address, resolve));
  const { port } = server.address() as AddressInfo; // not a pipe
  return {
    url: `http://${address}:${port}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

function serve(file: string, request: http.IncomingMessage, response: http.ServerResponse): unknown {
  const { size, mtime } = statSync(file);
  const since = Date.parse(request.headers['if-modified-since'] ?? '');
  if (since >= Math.floor(mtime.getTime() / 1000) * 1000) return response.writeHead(304).end();
  response.writeHead(200, { 'content-length': size, 'last-modified': mtime.toUTCString() });
  return pipeline(createReadStream(file), response).catch(() => undefined); // the server may have been killed
}

/** Brings a file whole or not at all. */
function download(url: URL, file: string): Promise<number> {
  return new Promise(resolve => {
    const unreachable = (): void => resolve(504);
    const asking = http.get(url, { timeout: UPSTREAM_MS }, answer => {
      const status = answer.statusCode ?? 502;
      if (status !== 200) {
        answer.resume();
        resolve(status);
        return;
      }
      const aside = `${file}.${process.pid}.${performance.now()}`;
      pipeline(answer, createWriteStream(aside)).then(() => {
        const changed = Date.parse(answer.headers['last-modified'] ?? '') / 1000;
        if (!Number.isNaN(changed)) utimesSync(aside, changed, changed);
        renameSync(aside, file);
        resolve(200);
      }, unreachable);
    });
    asking.on('error', unreachable).on('timeout', () => asking.destroy());
  });
}

const exists = (file: string): boolean => statSync(file, { throwIfNoEntry: false }) !== undefined;
