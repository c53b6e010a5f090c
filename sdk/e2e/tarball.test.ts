// The package as a stranger has it: packed, installed in an empty project, and used for a lease on a local validator.

import { execFile } from 'node:child_process';
import { cp, mkdtemp, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { chromium } from 'playwright-core';
import { build, preview } from 'vite';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { findChromium } from './browser';
import { startMarket } from './market';

const run = promisify(execFile);
const sdk = fileURLToPath(new URL('..', import.meta.url));
const { devDependencies } = JSON.parse(await readFile(join(sdk, 'package.json'), 'utf8')) as {
  devDependencies: Record<string, string>;
};

let project: string;
let market: Awaited<ReturnType<typeof startMarket>>;
let clusterUrl: string;

beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'gpu-lease-stranger-'));
  // Of the market, only its validator and what describes it are needed.
  const page = join(project, 'no-page');
  await mkdir(page);
  await writeFile(join(page, 'index.html'), '');
  const packing = run('npm', ['pack', '--silent', '--pack-destination', project], { cwd: sdk });
  [market] = await Promise.all([startMarket(page), packing]);
  clusterUrl = new URL('cluster.json', market.pageUrl).href;
  const [tarball] = (await readdir(project)).filter((name) => name.endsWith('.tgz'));
  await writeFile(
    join(project, 'package.json'),
    JSON.stringify({ name: 'stranger', private: true, type: 'module' }),
  );
  await run(
    'npm',
    [
      'install',
      '--no-audit',
      '--no-fund',
      '--prefer-offline',
      `./${tarball}`,
      `@solana/kit@${devDependencies['@solana/kit']}`,
    ],
    { cwd: project },
  );
  await cp(join(sdk, 'e2e/lease.js'), join(project, 'lease.js'));
});

afterAll(async () => {
  await market?.stop();
  await rm(project, { recursive: true, force: true });
});

/** What comes of `playLease`, wherever it is played. */
const PLAYED = {
  refusedAgain: 'AccountAlreadyInUse',
  credentials: { kind: 'text', text: 'ssh tenant@203.0.113.7 -p 2222' },
  hasOneMessage: true,
  phase: 'running',
  may: { anyoneClose: false, renterGiveNotice: true },
  isGone: true,
  events: ['LeaseOpened', 'LeaseStarted', 'LeaseToppedUp', 'LeaseSettled', 'LeaseClosed'],
  reported: [[2, true]],
  isWhole: true,
  noncesLeft: 0,
  units: '2',
  renterPaidOnlyThat: true,
  providerHasTheRest: true,
};

it('has what it says and nothing else', async () => {
  const installed = join(project, 'node_modules/gpu-lease');
  const files = (await readdir(installed, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map(({ name }) => name);
  expect(files.filter((name) => !/\.(js|js\.map|d\.ts)$/.test(name)).sort()).toEqual([
    'LICENSE',
    'README.md',
    'package.json',
    'rules.wasm',
  ]);
  const { dependencies, peerDependencies } = JSON.parse(
    await readFile(join(installed, 'package.json'), 'utf8'),
  );
  // Types import, too.
  const sources = files.filter((name) => /\.(js|d\.ts)$/.test(name));
  const code = (
    await Promise.all(sources.map((name) => readFile(join(installed, 'dist', name), 'utf8')))
  ).join('\n');
  const imported = new Set([...code.matchAll(/^import .* from "([^.][^"]*)";$/gm)].map(([, name]) => name));
  expect([...imported].sort()).toEqual(Object.keys({ ...dependencies, ...peerDependencies }).sort());
});

it.each(['bundler', 'nodenext'])('has types that compile strictly with %s', async (resolution) => {
  await writeFile(
    join(project, 'types.ts'),
    `import { connect, listAccounts, openLease, send, type LeaseContext, type TransactionRequest } from 'gpu-lease';
import { program, type Quote, type Role } from 'gpu-lease/rules';

export const offers = async (url: string) => (await listAccounts(connect(url), 'offer')).accounts.map(({ address, terms }) => ({ address, price: terms.price + 1n }));
export const cost = (quote: Quote): bigint => quote.total;
export const roles = ({ lease, provider }: LeaseContext): Role[] => program().roles(lease.bytes, provider.bytes, lease.renter);
export const open = async (url: string, wish: Parameters<typeof openLease>[0], key: CryptoKeyPair) => {
  const request: TransactionRequest = { payer: wish.payer, instructions: (await openLease(wish)).instructions };
  return send(connect(url), request, [key]);
};
// @ts-expect-error There is no such account.
void listAccounts(connect(''), 'house');
`,
  );
  const module = resolution === 'bundler' ? 'esnext' : 'nodenext';
  const options = {
    noEmit: true,
    strict: true,
    target: 'es2022',
    lib: ['es2023', 'dom'],
    module,
    moduleResolution: resolution,
    types: [],
  };
  await writeFile(
    join(project, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: options, files: ['types.ts'] }),
  );
  const { stdout } = await run(join(sdk, '../node_modules/.bin/tsc'), [], { cwd: project }).catch(
    (error) => error as { stdout: string },
  );
  // Declarations of others want types of Node.js that a page does not have.
  expect(stdout.split('\n').filter((line) => /^(types\.ts|node_modules\/gpu-lease\/)/.test(line))).toEqual(
    [],
  );
});

it('rents a GPU by the script of its README', async () => {
  const readme = await readFile(join(sdk, 'README.md'), 'utf8');
  const [, script = ''] = readme.match(/```js\n(.*?)```/s) ?? [];
  expect(script.trim().split('\n').length).toBeLessThanOrEqual(40);
  await writeFile(join(project, 'rent.mjs'), script);
  const { stdout } = await run('node', ['rent.mjs', clusterUrl], { cwd: project });
  expect(stdout).toMatch(/^Rented \S.*: lease \w{32,44}, pending\n$/);
});

it('plays a lease in Node.js', async () => {
  const script = `import { playLease } from './lease.js'; console.log(JSON.stringify(await playLease(await (await fetch(process.argv[1])).json())))`;
  const { stdout } = await run('node', ['--input-type=module', '--eval', script, clusterUrl], {
    cwd: project,
  });
  expect(JSON.parse(stdout)).toEqual(PLAYED);
});

it('plays a lease in Chromium', async () => {
  await mkdir(join(project, 'page'));
  await writeFile(
    join(project, 'page/index.html'),
    '<!doctype html><script type="module">import { playLease } from "../lease.js"; window.playLease = playLease;</script>',
  );
  const options = { root: join(project, 'page'), configFile: false, logLevel: 'error' } as const;
  await build({ ...options, build: { target: 'es2022' } });
  const server = await preview({ ...options, preview: { port: 0 } });
  const browser = await chromium.launch({
    executablePath: findChromium(),
    args: ['--no-sandbox', '--disable-gpu'],
  });
  try {
    const page = await browser.newPage();
    await page.goto(server.resolvedUrls!.local[0]!);
    await page.waitForFunction(() => 'playLease' in globalThis);
    const cluster: unknown = await (await fetch(clusterUrl)).json();
    const played = await page.evaluate(
      (described) =>
        (globalThis as unknown as { playLease: (cluster: unknown) => Promise<unknown> }).playLease(described),
      cluster,
    );
    expect(played).toEqual(PLAYED);
  } finally {
    await browser.close();
    await server.close();
  }
});
