// A market with an agent on one of its offers, as `cargo xtask up` starts it, its leases being processes. The market of the
// other tests has none: they start leases by hand.

import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { gpuLease, startMarket } from '../../sdk/e2e/market';
import type { Cluster } from '../src/chain/cluster';
import { rent } from './flows';
import { SCREENSHOTS } from './screenshots';
import { visit } from './visitor';

const program = (name: string) => join(dirname(gpuLease), name);

async function marketWithAgent(): Promise<Cluster> {
  const agent = ['--agent', program('gpu-lease-agent'), '--helper', program('gpu-lease-helper')];
  const options = ['--no-leases', '--runtime', 'process', ...agent];
  const { pageUrl, stop } = await startMarket(process.env.GPU_LEASE_PAGE ?? 'dist', options);
  onTestFinished(stop);
  return (await (await fetch(new URL('cluster.json', pageUrl))).json()) as Cluster;
}

/** What a command says in a folder. */
async function said(cwd: string, command: string, ...words: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(command, words, { cwd, timeout: 20_000 });
  return stdout;
}

test('rented on the page, seconds later a renter is in: by one command, or by any SSH client', async () => {
  const cluster = await marketWithAgent();
  const visitor = await visit({ cluster });
  await rent(visitor, 'H100 SXM');
  await visitor.page.getByText(/^Ready in \d+ s$/).waitFor();
  expect(await visitor.page.getByText('The provider has to start it').count()).toBe(0);
  await visitor.page.getByText('running', { exact: true }).waitFor();
  await visitor.button('Show the credentials').click();
  await visitor.button('Save the access key').waitFor();
  await visitor.page.screenshot({ path: `${SCREENSHOTS}/ready.png`, fullPage: true });

  const folder = await mkdtemp(join(tmpdir(), 'gpu-lease-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const button of ['Save the access key', 'Save the SSH key', 'Save the known host']) {
    const saving = visitor.page.waitForEvent('download');
    await visitor.button(button).click();
    const download = await saving;
    await download.saveAs(join(folder, download.suggestedFilename()));
  }
  const shown = (start: RegExp) => visitor.page.getByText(start).innerText();

  const [, ...words] = (await shown(/^gpu-lease lease ssh /)).split(' ');
  const login = [...words, '--url', cluster.rpcUrl, '--', 'echo $((6 * 7)) > answer; cat answer'];
  expect(await said(folder, gpuLease, ...login)).toBe('42\n');
  const ssh = await shown(/^chmod 600 /);
  expect(await said(folder, 'sh', '-c', `${ssh} cat answer`)).toBe('42\n');
});
