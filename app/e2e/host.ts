// A static host as they are: it sends what the build has compressed.

import { once } from 'node:events';
import { createReadStream, existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import type { Cluster } from '../src/chain/cluster';

const TYPES: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
  '.woff2': 'font/woff2',
};

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Serves the built page in `folder` for a cluster. */
export async function host(folder: string, cluster: Cluster): Promise<{ url: string; remove(): void }> {
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://host').pathname;
    if (path === '/cluster.json')
      return response.setHeader('content-type', 'application/json').end(JSON.stringify(cluster));
    const file = join(folder, normalize(path === '/' ? '/index.html' : path));
    if (!existsSync(file)) return response.writeHead(404).end();
    const takes = String(request.headers['accept-encoding']);
    const [encoding, ending] =
      (
        [
          ['br', '.br'],
          ['gzip', '.gz'],
        ] as const
      ).find(([name, ending]) => takes.includes(name) && existsSync(file + ending)) ?? [];
    response
      .setHeader('content-type', TYPES[extname(file)] ?? 'application/octet-stream')
      .setHeader('cache-control', 'no-cache');
    if (encoding) response.setHeader('content-encoding', encoding);
    return createReadStream(file + (ending ?? '')).pipe(response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    remove: () => void (server.closeAllConnections(), server.close()),
  };
}
