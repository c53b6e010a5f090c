// A market with an agent on one of its offers, as `cargo xtask up` starts it, its leases being processes. The market of the
// other tests has none: they start leases by hand.

import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { gpuLease, startMarket } from '../../sdk/e2e/market';
import type { Chain } from '../src/chain/Chain';
import type { Cluster } from '../src/chain/cluster';
import { travelTo } from '../src/chain/local';
import { rent } from './flows';
import { SCREENSHOTS } from './screenshots';
import { visit } from './visitor';

const program = (name: string) => join(dirname(gpuLease), name);

async function marketWithAgent(): Promise<Cluster> {
  const agent = ['agent', 'helper', 'guard', 'keeper'].flatMap((name) => [
    `--${name}`,
    program(`gpu-lease-${name}`),
  ]);
  const options = ['--no-leases', '--runtime', 'process', ...agent];
  const { pageUrl, stop } = await startMarket(process.env.GPU_LEASE_PAGE ?? 'dist', options);
  onTestFinished(stop);
  const cluster = (await (await fetch(new URL('cluster.json', pageUrl))).json()) as Cluster;
  // The page under test comes from the market of the other tests.
  return { ...cluster, records: new URL(cluster.records!, pageUrl).href };
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

test('the record of a lease is fetched, is the one that was signed, and one that was changed is found out', async () => {
  const cluster = await marketWithAgent();
  const visitor = await visit({ cluster });
  const lease = await rent(visitor, 'H100 SXM');
  await visitor.page.getByText('running', { exact: true }).waitFor();
  // Seconds that are delivered.
  await new Promise((resolve) => setTimeout(resolve, 5_000));
  await visitor.button('Fetch the record').click();
  await visitor.page.getByText('Nothing was attested yet').waitFor();

  // To its end, where the agent reports what it saw. Of the time that was skipped it has no record.
  const shown = await said(
    '.',
    gpuLease,
    'lease',
    'show',
    lease,
    '--url',
    cluster.rpcUrl,
    '--output',
    'json',
  );
  const { ends_at } = JSON.parse(shown) as { ends_at: string };
  await travelTo({ cluster } as Chain, BigInt(ends_at) + 61n);
  const row = (name: string) => visitor.page.getByRole('row', { name });
  // The chain shows a statement a moment before its machine has written down that it landed.
  await expect
    .poll(
      async () => {
        await visitor.button('Fetch the record').click();
        return row('GPU-seconds').innerText();
      },
      { timeout: 60_000, interval: 1_000 },
    )
    .toMatch(/matches\s+matches$/);
  await visitor.page.getByText('The record is the one that was signed').waitFor();
  for (const subject of ['GPU-seconds', 'Watt-hours', 'Hash of the record'])
    expect(await row(subject).innerText()).toMatch(/matches\s+matches$/);
  const section = visitor.page.locator('section').filter({ has: visitor.heading('Evidence') });
  await section.screenshot({ path: `${SCREENSHOTS}/evidence.png` });

  // For an arbiter: the same file, opened by somebody else, and one with a second that was moved.
  const folder = await mkdtemp(join(tmpdir(), 'gpu-lease-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const saving = visitor.page.waitForEvent('download');
  await visitor.button('Save for an arbiter').click();
  const file = join(folder, 'evidence.json');
  await (await saving).saveAs(file);
  await said('.', gpuLease, 'attest', 'evidence', file, '--url', cluster.rpcUrl);
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.replace('"gpus":1', '"gpus":2'));
  await visitor.field('Choose an evidence file, or drop it here').setInputFiles(file);
  await visitor.page.getByText('The record is not the one that was signed').waitFor();
  expect(await row('GPU-seconds').innerText()).toMatch(/differs\s+differs$/);
  await writeFile(file, text.slice(0, -20));
  await visitor.field('Choose an evidence file, or drop it here').setInputFiles(file);
  await visitor.page.getByText('not an evidence file').waitFor();
});
