// Indexers of the local market: the program as it is deployed, and one in front of it that lies.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { inject, vi } from 'vitest';
import { gpuLease } from '../../sdk/e2e/market';
import { rpc } from './chain';
import { freePort } from './host';

const { cluster } = inject('market');

export type Indexer = {
  url: string;
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Waits until it has what is finalized now. */
  catchUp(): Promise<void>;
  remove(): Promise<void>;
};

/** Starts an indexer with a record of its own. */
export async function startIndexer(): Promise<Indexer> {
  const folder = await mkdtemp(join(tmpdir(), 'gpu-lease-indexer-'));
  const [port, monitoring] = [await freePort(), await freePort()];
  const url = `http://127.0.0.1:${port}`;
  const config = join(folder, 'indexer.toml');
  await writeFile(
    config,
    `state = "${folder}/record"
monitoring = { listen = "127.0.0.1:${monitoring}" }

[chain]
rpc = "${cluster.rpcUrl}"
websocket = "${cluster.wsUrl}"
calls = 0
every = "200ms"

[api]
listen = "127.0.0.1:${port}"
`,
  );
  let running: ReturnType<typeof spawn> | undefined;
  const start = async () => {
    const program = spawn(join(dirname(gpuLease), 'gpu-lease-indexer'), ['--config', config, 'run'], {
      stdio: 'ignore',
    });
    running = program;
    await vi.waitFor(
      async () => {
        if (program.exitCode !== null) throw new Error('the indexer has ended');
        if (!(await fetch(`${url}/health`)).ok) throw new Error('the indexer does not answer');
      },
      { timeout: 30_000, interval: 100 },
    );
  };
  const stop = async () => {
    if (!running || running.exitCode !== null || running.signalCode !== null) return;
    const gone = once(running, 'exit');
    running.kill('SIGTERM');
    await gone;
  };
  const remove = async () => {
    await stop();
    await rm(folder, { recursive: true });
  };
  try {
    await start();
  } catch (error) {
    await remove();
    throw error;
  }
  return {
    url,
    start,
    stop,
    async catchUp() {
      const slot = await rpc.getSlot({ commitment: 'confirmed' }).send();
      await vi.waitFor(
        async () => {
          const { finalized_slot } = await told(url, 'progress');
          if (BigInt(finalized_slot) < slot) throw new Error(`it is at ${finalized_slot}, not at ${slot}`);
        },
        { timeout: 60_000, interval: 200 },
      );
    },
    remove,
  };
}

/** What an indexer answers. */
async function told(url: string, path: string) {
  return (await (await fetch(`${url}/v1/${path}`)).json()) as { finalized_slot: string };
}

/** Changes an answer on its way, by the path that was asked for. */
export type Lie = (path: string, answer: any) => unknown;

/** An indexer that says what the one at `target` does, as a lie has it. */
export async function liar(target: string, lie: Lie): Promise<{ url: string; remove(): void }> {
  const server = createServer(async (request, response) => {
    const answer = await fetch(new URL(request.url ?? '/', target)).catch(() => undefined);
    if (!answer) return request.socket.destroy();
    const said: unknown = await answer.json();
    return response
      .writeHead(answer.status, { 'access-control-allow-origin': '*', 'content-type': 'application/json' })
      .end(JSON.stringify(lie(new URL(request.url ?? '/', target).pathname, said)));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    remove: () => void (server.closeAllConnections(), server.close()),
  };
}
