// One local market with its page, and one Chromium, for all tests.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import type { Cluster } from '../src/chain/cluster';
import { launch } from '../../sdk/e2e/browser';
import { startMarket } from '../../sdk/e2e/market';

/** Where the tests find everything. */
export type Market = {
  pageUrl: string;
  browserUrl: string;
  cluster: Cluster;
  /** The wallets' keypairs, and whatever else the command line reads and writes. */
  folder: string;
};

declare module 'vitest' {
  interface ProvidedContext {
    market: Market;
  }
}

export default async function setup(project: TestProject) {
  const folder = await mkdtemp(join(tmpdir(), 'gpu-lease-'));
  const { pageUrl, stop } = await startMarket(process.env.GPU_LEASE_PAGE ?? 'dist', [
    '--offers',
    '2000',
    '--wallets',
    folder,
  ]);
  const browser = await launch();
  const response = await fetch(new URL('cluster.json', pageUrl));
  project.provide('market', {
    pageUrl,
    browserUrl: browser.wsEndpoint(),
    cluster: (await response.json()) as Cluster,
    folder,
  });
  return async () => {
    await browser.close();
    await stop();
    await rm(folder, { recursive: true });
  };
}
