// What a guard tells, on the page of the lease and as news. A real one watches a lease on a machine that an agent runs. Where it
// is a server that tells what a test wants told, a guard could not be made to: to lie, or to be of another version.

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { gpuLease, startMarket } from '../../sdk/e2e/market';
import type { Cluster } from '../src/chain/cluster';
import { leaseAt } from './chain';
import { listGpus, run, runLease } from './cli';
import { freePort } from './host';
import { SCREENSHOTS } from './screenshots';
import { visit, type Visitor } from './visitor';

/** Answers `/guard` with what `tell` returns, as a guard does to every page. */
async function guardThatTells(tell: () => unknown): Promise<string> {
  const server = createServer((request, response) => {
    if (request.url !== '/guard') return response.writeHead(404).end();
    const head = { 'content-type': 'application/json', 'access-control-allow-origin': '*' };
    return response.writeHead(200, head).end(JSON.stringify(tell()));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void (server.closeAllConnections(), server.close()));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const sectionOf = ({ page, heading }: Visitor) => page.locator('section').filter({ has: heading('Guard') });

/** A lease that a guard of this key watches, and what it tells. */
async function guarded() {
  const lease = await runLease(await listGpus());
  const key = 'HXtBm8XZbxaTt41uqaKhwUAa6Z1aPyvJdsZVENiWsetg';
  await run('Renter', 'lease', 'session-key', lease, key);
  const { openedSlot, startedAt } = await leaseAt(lease);
  const [slot, start] = [Number(openedSlot), Number(startedAt)];
  const watched = {
    lease,
    openedSlot: slot,
    phase: 'running',
    since: start,
    reachedAt: start + 3_000,
    loggedInAt: start + 2_700,
    bound: 3_420,
    boundUntil: start + 3_600,
    missed: 180,
    accepted: 0,
    claimed: 3_600,
    lossLimit: 600,
    doing: 'withheld',
    runway: 10_800,
  };
  const news = (at: number, kind: string, text: string) => ({ at, kind, lease, openedSlot: slot, text });
  const text =
    'The provider claims 3,600 GPU-seconds up to 2027-01-15T08:00:00Z, and at most 3,420 GPU-seconds can have been delivered: ' +
    '180 GPU-seconds too many. It is not co-signed. That is within your loss limit.';
  const told = [
    news(start + 3_600, 'withheld', text),
    news(start + 3_000, 'reached', `The machine answers again.\u202e${'W'.repeat(90)}`),
    { ...news(start, 'watched', 'Of another life.'), openedSlot: slot - 1 },
  ];
  return {
    lease,
    status: { keys: [key], mode: 'act', isStandby: false, wallet: '', leases: [watched], news: told },
  };
}

const program = (name: string) => join(dirname(gpuLease), name);

test('one command sets a guard up, it watches a lease that an agent runs, and the page shows it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'gpu-lease-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const programs = ['agent', 'guard', 'keeper', 'helper'].flatMap((name) => [
    `--${name}`,
    program(`gpu-lease-${name}`),
  ]);
  const { pageUrl, stop } = await startMarket(process.env.GPU_LEASE_PAGE ?? 'dist', [
    ...['--no-leases', '--runtime', 'process', '--wallets', folder],
    ...programs,
  ]);
  onTestFinished(stop);
  const cluster = (await (await fetch(new URL('cluster.json', pageUrl))).json()) as Cluster;
  const run = async <Answer>(...command: string[]): Promise<Answer> => {
    const options = ['--url', cluster.rpcUrl, '--keypair', 'renter.json', '--output', 'json'];
    const env = {
      ...process.env,
      GPU_LEASE_KEYS: join(folder, 'keys'),
      GPU_LEASE_PENDING: join(folder, 'pending'),
    };
    const { stdout } = await promisify(execFile)(gpuLease, [...command, ...options], { cwd: folder, env });
    return JSON.parse(stdout) as Answer;
  };
  const mint = Object.entries(cluster.tokens ?? {}).find(([, name]) => name === 'tUSD')![0];
  const limits = ['--mint', mint, '--max-price', '2.49', '--max-fee', '3%', '--yes', '--wait'];
  const open = ['lease', 'open', cluster.servedOffers![0]!, '--duration', '4h', ...limits];
  const { lease } = await run<{ lease: string }>(...open);
  const made = await run<{ configuration: string }>(
    'guard',
    'init',
    'guard',
    '--lease',
    lease,
    '--with-access',
    '--yes',
  );

  const listen = `127.0.0.1:${await freePort()}`;
  const settings = { GPU_LEASE_GUARD_MONITORING__LISTEN: listen, GPU_LEASE_GUARD_PROBES__EVERY: '1s' };
  const guard = spawn(program('gpu-lease-guard'), ['--config', made.configuration], {
    env: { ...process.env, ...settings },
    stdio: 'ignore',
  });
  onTestFinished(async () => {
    const gone = once(guard, 'exit');
    guard.kill('SIGKILL');
    await gone;
  });
  const visitor = await visit({ cluster: { ...cluster, guard: `http://${listen}` }, mayBeCutOff: true });
  await visitor.openAs('Renter', `/leases/${lease}`);
  const section = sectionOf(visitor);
  await section.getByText('acts by itself').waitFor();
  await section.getByText('This lease is watched from now on').waitFor();
  await expect.poll(() => section.innerText(), { timeout: 60_000 }).toMatch(/logged in: \d/);
  // Once a minute of the cluster's clock is full.
  await section.getByText('co-signed', { exact: true }).waitFor({ timeout: 120_000 });
  await section.screenshot({ path: `${SCREENSHOTS}/guard.png` });

  // For an arbiter: both records, which do not differ.
  const record = ['--config', made.configuration, 'record', lease, '--out', join(folder, 'guard.json')];
  await promisify(execFile)(program('gpu-lease-guard'), record, { env: { ...process.env, ...settings } });
  await run('lease', 'evidence', lease, '--out', 'provider.json');
  const both = ['dispute', 'evidence', 'guard.json', 'provider.json'];
  expect(await run(...both)).toMatchObject({ lease, only_provider: '0', provider_record_is_signed: true });
}, 240_000);

test('a lease shows who guards it and what that saw, as widely as there is room', async () => {
  const { lease, status } = await guarded();
  let tell: () => unknown = () => status;
  const address = await guardThatTells(() => tell());
  const visitor = await visit({ cluster: { guard: address } });
  await visitor.openAs('Renter', `/leases/${lease}`);
  const section = sectionOf(visitor);
  await section.getByText('acts by itself').waitFor();
  await section.getByText('not co-signed', { exact: true }).waitFor();
  expect(await section.innerText()).toMatch(/Delivered at most\s+0\.95 GPU-h/);
  expect(await section.getByRole('listitem').count()).toBe(2);
  // A text that would turn what is next to it around only shows that.
  await section.getByText('\\u{202e}WWW').waitFor();
  for (const [name, width, colorScheme] of [
    ['wide', 1440, 'light'],
    ['dark', 1440, 'dark'],
    ['narrow', 360, 'light'],
  ] as const) {
    await visitor.page.setViewportSize({ width, height: 900 });
    await visitor.page.emulateMedia({ colorScheme });
    await section.scrollIntoViewIfNeeded();
    await section.screenshot({ path: `${SCREENSHOTS}/guard-${name}.png` });
    const outside = await section.evaluate((element) => element.scrollWidth > element.clientWidth);
    expect([name, outside]).toEqual([name, false]);
  }
  const tells = async (what: unknown) => {
    tell = () => what;
    // It is asked again every quarter of a minute, or when the page is opened.
    await visitor.page.reload();
  };
  await tells({ ...status, keys: [], leases: [] });
  await section.getByText('It does not watch this lease.').waitFor();
  await section.getByText('it cannot act for the renter of this lease').waitFor();
  await tells({ keys: 7 });
  await section.getByText('does not speak as a guard does').waitFor();
});

test('the renter says where its guard is, and nobody else is asked for it', async () => {
  const { lease, status } = await guarded();
  const address = await guardThatTells(() => status);
  const visitor = await visit();
  await visitor.openAs('Renter', `/leases/${lease}`);
  const field = visitor.field('Where your guard tells what it saw');
  await field.fill('http://guard.example.org');
  await visitor.page.getByText('Write it as http://127.0.0.1:9481').waitFor();
  await field.fill(address);
  await visitor.button('Ask it there').click();
  await sectionOf(visitor).getByText('acts by itself').waitFor();
  await visitor.page.reload();
  await sectionOf(visitor).getByText('acts by itself').waitFor();
  await visitor.actAs('Provider');
  expect(await field.count()).toBe(0);
});

test('what a guard tells is news, once', async () => {
  const { lease, status } = await guarded();
  const now = Number((await leaseAt(lease)).startedAt) + 10_000_000;
  let isDisputed = false;
  const disputed = { ...status.news[0]!, at: now, kind: 'disputed', text: 'The claim is disputed.' };
  const address = await guardThatTells(() =>
    isDisputed ? { ...status, news: [disputed] } : { ...status, news: [] },
  );
  const visitor = await visit({ cluster: { guard: address }, permissions: ['notifications'] });
  await visitor.context.addInitScript(() => {
    const Told = class extends EventTarget {
      static requestPermission = async () => 'granted';
      constructor(title: string, { body }: { body: string }) {
        super();
        const told = localStorage.getItem('test:notifications') ?? '';
        localStorage.setItem('test:notifications', `${told}${title}: ${body}\n`);
      }
    };
    Object.assign(window, { Notification: Told });
  });
  await visitor.openAs('Renter', '/');
  await visitor.page.getByRole('button', { name: 'Account Renter' }).click();
  await visitor.page.getByRole('menuitemcheckbox', { name: 'Notify me about my leases' }).click();
  const told = async () => {
    const all = await visitor.page.evaluate(() => localStorage.getItem('test:notifications'));
    return all?.split('\n').filter((line) => line === 'Your guard disputed a claim: The claim is disputed.')
      .length;
  };
  isDisputed = true;
  await expect.poll(told, { timeout: 40_000 }).toBe(1);
  await visitor.page.reload();
  await visitor.page.waitForResponse(`${address}/guard`);
  await visitor.settle();
  expect(await told()).toBe(1);
});
