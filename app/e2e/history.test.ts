// What the page shows of what is over: by a real indexer, without one, when it ends in the middle, and by one that lies.

import type { Address } from '@solana/kit';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { addressOf, balanceOf, leaseAt, moveClock } from './chain';
import { AXE, barriers } from './axe';
import { attest, listGpus, run, runLease, type Gpus } from './cli';
import { liar, startIndexer, type Indexer, type Lie } from './indexer';
import { visit, type Visitor } from './visitor';

let indexer: Indexer;
let gpus: Gpus;

/** A lease that ran for two hours and is closed, and what it changed for its two parties, base units. */
let over: { lease: Address; slot: bigint; account: Address; renter: bigint; provider: bigint };

beforeAll(async () => {
  gpus = await listGpus();
  const before = { renter: await balanceOf('Renter'), provider: await balanceOf('Provider') };
  const lease = await runLease(gpus, { gpus: 2, hours: 2 });
  const { openedSlot, provider: account } = await leaseAt(lease);
  await run('Renter', 'lease', 'top-up', lease, '1');
  await moveClock(3_600n);
  await attest(lease);
  await moveClock(3_600n);
  await attest(lease);
  // Until the claim is final, and the hour in which the last report may come is over.
  await moveClock(7_200n);
  await run('Keeper', 'settle', lease);
  await run('Keeper', 'lease', 'close', lease);
  over = {
    lease,
    slot: openedSlot,
    renter: (await balanceOf('Renter')) - before.renter,
    provider: (await balanceOf('Provider')) - before.provider,
    account,
  };
  indexer = await startIndexer();
  await indexer.catchUp();
}, 300_000);

afterAll(() => indexer?.remove());

/** Somebody whose page knows this indexer. */
const visitWith = (url = indexer.url) => visit({ cluster: { indexer: url }, mayBeCutOff: true });

/** Somebody whose page knows one that lies. */
async function visitLiar(lie: Lie): Promise<Visitor> {
  const lying = await liar(indexer.url, lie);
  onTestFinished(lying.remove);
  return visitWith(lying.url);
}

const receiptOf = ({ lease, slot }: typeof over) => `/leases/${lease}/receipt/${slot}`;

/** What a download button gives. */
async function downloaded(visitor: Visitor): Promise<string[][]> {
  const file = visitor.page.waitForEvent('download');
  await visitor.button('Download').click();
  const chunks: Buffer[] = [];
  for await (const chunk of await (await file).createReadStream()) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  return text.split('\r\n').map((row) => row.split(';'));
}

test('a closed lease is listed with its receipt, whose payments are those of the chain and add up', async () => {
  const visitor = await visitWith();
  await visitor.openAs('Renter', '/leases');
  const row = visitor.page.locator('tr').filter({ has: visitor.page.locator(`a[href*="${over.lease}"]`) });
  await row.getByRole('link', { name: /^Receipt/ }).click();
  await visitor.heading('Receipt').waitFor();
  await visitor.page.getByText(/^The node has all \d+ transactions as they are here\.$/).waitFor();
  expect(await visitor.amount('What the lease cost')).toBe(-over.renter);
  // Whoever gets them: what the renter paid is what the provider and the protocol got.
  expect(await visitor.amount('of that, to the provider')).toBe(over.provider);
  expect(await visitor.amount('of that, fees of the protocol')).toBe(-over.renter - over.provider);

  await visitor.page.getByText('Download as CSV').click();
  await visitor.field('Time zone').selectOption('Asia/Tokyo');
  await visitor.field('Decimals').selectOption('comma');
  const [head, ...rows] = await downloaded(visitor);
  const column = (name: string) => rows.map((cells) => cells[head!.indexOf(name)]!);
  const baseUnits = (amount: string) => BigInt(amount.replace(',', ''));
  expect(
    column('change of your wallet')
      .map(baseUnits)
      .reduce((sum, it) => sum + it, 0n),
  ).toBe(over.renter);
  expect(new Set(column('UTC offset'))).toEqual(new Set(['UTC+09:00']));
  expect(new Set(column('currency'))).toEqual(new Set(['tUSD']));
  expect(new Set(column('renter'))).toEqual(new Set([addressOf('Renter')]));
  expect(column('what for')).toEqual(expect.arrayContaining(['Deposit', 'Top-up', 'Refund']));

  // On paper there is nothing of the page around it, and transactions in full.
  await visitor.page.emulateMedia({ media: 'print' });
  expect(await visitor.page.getByRole('banner').isVisible()).toBe(false);
  expect(await visitor.button('Print').isVisible()).toBe(false);
  expect(
    await visitor.page
      .getByText(/^[1-9A-HJ-NP-Za-km-z]{86,88}$/)
      .first()
      .isVisible(),
  ).toBe(true);
});

test('spending and earnings are those of the chain, in any steps', async () => {
  const visitor = await visitWith();
  await visitor.openAs('Renter', '/spending');
  await visitor.page.getByText('What was paid in, came back and was earned in tUSD').waitFor();
  const sums = async () => [await visitor.amount('Paid in, tUSD'), await visitor.amount('Came back')];
  const byDay = await sums();
  await visitor.field('In steps of').selectOption('month');
  expect(await sums()).toEqual(byDay);
  expect(byDay[0]! - byDay[1]!).toBeGreaterThanOrEqual(-over.renter);
  await visitor.actAs('Provider');
  await visitor.page.getByText('What was paid in, came back and was earned in tUSD').waitFor();
  expect(await visitor.amount('Earned')).toBeGreaterThanOrEqual(over.provider);
});

test('prices, what the market did, a provider over time, fees and votes', async () => {
  const visitor = await visitWith();
  await visitor.open('/figures');
  await visitor.page.getByRole('region', { name: 'GPU models' }).getByText('NVIDIA H100 SXM').waitFor();
  await visitor.page.getByText(/^Leases that were opened, closed and disputed, by day\.$/).waitFor();
  // Nobody has rented it, and it stands as it was listed on the first day.
  await visitor.button('Prices of NVIDIA RTX 4090').click();
  await visitor.page.getByText('No lease was opened in tUSD in this time.').waitFor();
  await visitor.page.getByText(/^GPUs in open offers in tUSD/).waitFor();
  await visitor.button('Prices of NVIDIA H100 SXM').click();
  await visitor.page.getByText(/^Price per GPU-hour of leases that were opened, in tUSD/).waitFor();

  await visitor.openAs('Provider', '/provider');
  await visitor.page.getByRole('link', { name: 'Over time, and what weighs in it' }).click();
  await visitor.heading('What weighs').waitFor();
  await visitor.page.getByText('Leases that weigh', { exact: true }).waitFor();
  await visitor.page.getByText(/^Share of the promised GPU time that was delivered/).waitFor();

  await visitor.open('/governance');
  await visitor.page
    .getByRole('region', { name: 'Every fee that there was' })
    .getByText('whoever set up the program')
    .waitFor();
  await visitor.page.getByRole('main').getByRole('link', { name: /fee/i }).first().click();
  await visitor.page.getByRole('region', { name: 'Votes' }).getByRole('row').nth(1).waitFor();
  expect(await visitor.page.getByText(/is not (what is )?on chain|not what its account says/).count()).toBe(
    0,
  );
});

test('the market is looked through page by page, and its rows are the node’s', async () => {
  const asked: string[] = [];
  const visitor = await visitLiar((path, answer) => {
    if (path === '/v1/offers')
      // Half price, and another provider.
      for (const item of answer.items)
        Object.assign(item, { provider: answer.items[0].provider, terms: { ...item.terms, price: '1' } });
    asked.push(path);
    return answer;
  });
  const lists: string[] = [];
  visitor.page.on('request', (request) => lists.push(request.postData() ?? ''));
  await visitor.open(`/?q=${encodeURIComponent(gpus.search)}&gpus=2&hours=2`);
  await visitor.page.getByRole('link', { name: 'Rent it' }).waitFor();
  // 2 GPUs for 2 hours at 2.49, as on chain.
  await expect.poll(() => visitor.amount('In total')).toBe(9_960_000n);
  await visitor.page.getByText('1 offer', { exact: true }).waitFor();
  expect(await visitor.page.getByRole('table', { name: 'Offers' }).getByText('2.4900').count()).toBe(1);
  expect(asked).toContain('/v1/offers');
  // Nobody listed all offers, or all providers.
  expect(lists.filter((body) => body.includes('getProgramAccounts')).length).toBeLessThanOrEqual(4);
  await visitor.field('Sorted by').selectOption('memory');
  await visitor.page.getByText('1 offer', { exact: true }).waitFor();
});

test.each<[name: string, account: string, view: () => string]>([
  ['market, found', 'Renter', () => '/'],
  ['past leases', 'Renter', () => '/leases'],
  ['receipt', 'Renter', () => receiptOf(over)],
  ['spending', 'Renter', () => '/spending'],
  ['figures', 'Renter', () => '/figures'],
  ['provider over time', 'Provider', () => `/providers/${over.account}`],
  ['governance, remembered', 'Holder', () => '/governance'],
])('%s: nobody is kept out by it, in any theme and width', async (name, account, view) => {
  const visitor = await visitWith();
  await visitor.context.addInitScript(AXE);
  await visitor.openAs(account, view());
  expect(await barriers(visitor, name)).toEqual([]);
});

const WITHOUT: [view: () => string, sentence: RegExp][] = [
  [() => '/leases', /^Leases that are over are not listed here/],
  [() => '/spending', /^What you spent and earned over time is added up/],
  [() => receiptOf(over), /^Receipts are made from what an indexer remembers/],
  [() => '/figures', /^Models are counted by an indexer/],
  [() => '/governance', /^Which vote decided each fee is told by an indexer/],
];

test('without an indexer every view says what is missing, and shows what the chain has', async () => {
  const visitor = await visit();
  await visitor.openAs('Renter', '/');
  for (const [view, sentence] of WITHOUT) {
    await visitor.open(view());
    await visitor.page.getByText(sentence).waitFor();
    expect(await visitor.page.getByText('could not be read').count()).toBe(0);
  }
  await visitor.page.getByRole('main').getByRole('link', { name: /fee/i }).first().click();
  await visitor.heading('Who voted what').waitFor();
  await visitor.page.getByText(/^Votes whose accounts were closed are missing here/).waitFor();
});

test('an indexer that ends in the middle: what was read stays, the market goes on without it, and all comes back', async () => {
  const visitor = await visitWith();
  const { page } = visitor;
  await visitor.openAs('Renter', receiptOf(over));
  await page.getByText('What the lease cost').waitFor();
  await indexer.stop();
  await visitor.open('/');
  await page.getByText('All offers are read from the node instead, which takes longer.').waitFor();
  await page.getByText(/^[\d,]+ of [\d,]+ offers$/).waitFor();
  await visitor.open('/spending');
  await page.getByText(WITHOUT[1]![1]).waitFor();
  await indexer.start();
  await visitor.button('Try again').first().click();
  await page.getByText('What was paid in, came back and was earned in tUSD').waitFor();
  expect(await page.getByText(WITHOUT[1]![1]).count()).toBe(0);
});

test('an indexer of another cluster or program is refused, and nothing of it is shown', async () => {
  for (const [part, says] of [
    ['genesis_hash', /is of another cluster/],
    ['program', /is of another program/],
  ] as const) {
    const visitor = await visitLiar((path, answer) =>
      path === '/v1/progress' ? { ...answer, [part]: addressOf('Keeper') } : answer,
    );
    await visitor.openAs('Renter', '/');
    await visitor.page.getByText(says).waitFor();
    await visitor.page.getByText(/^[\d,]+ of [\d,]+ offers$/).waitFor();
    await visitor.open(receiptOf(over));
    await visitor.page.getByText(says).waitFor();
    expect(await visitor.page.getByText('What the lease cost').count()).toBe(0);
  }
});

test('amounts that were altered are found: no sums of them are shown', async () => {
  let lie = (line: { amount: string; purpose: string }) => line.purpose === 'refund';
  let isConsistent = false;
  const visitor = await visitLiar((path, answer) => {
    if (!path.endsWith('/receipt')) return answer;
    const one = answer.lines.find(lie);
    one.amount = (BigInt(one.amount) + 1_000_000n).toString();
    if (!isConsistent) return answer;
    // A better liar: everything adds up, and only the node knows better.
    const other = answer.lines.find(({ purpose }: { purpose: string }) => purpose === 'top_up');
    other.amount = (BigInt(other.amount) + 1_000_000n).toString();
    const more = (text: string) => (BigInt(text) + 1_000_000n).toString();
    answer.lease.deposited = more(answer.lease.deposited);
    answer.lease.closing.refund = more(answer.lease.closing.refund);
    answer.paid_in = more(answer.paid_in);
    answer.paid_back = more(answer.paid_back);
    return answer;
  });
  await visitor.openAs('Renter', receiptOf(over));
  await visitor.page.getByText('The indexer’s figures do not add up, so no sums are shown.').waitFor();
  expect(await visitor.page.getByText('What the lease cost').count()).toBe(0);
  expect(await visitor.page.getByText('Download as CSV').count()).toBe(0);
  isConsistent = true;
  await visitor.page.reload();
  await visitor.page
    .getByText('The node has some of these payments otherwise, so no sums are shown.')
    .waitFor();
  await visitor.page.getByText('not as on chain').first().waitFor();
  expect(await visitor.page.getByText('What the lease cost').count()).toBe(0);
  // And a lease that is not the reader's is not listed as theirs.
  lie = () => false;
});

test('one that lags says how far', async () => {
  const visitor = await visitLiar((path, answer) =>
    path === '/v1/progress'
      ? { ...answer, finalized_slot: (BigInt(answer.finalized_slot) - 200n).toString() }
      : answer,
  );
  await visitor.openAs('Renter', '/spending');
  await visitor.page
    .getByText(/^The indexer is [\d,]+ slots behind the cluster, about \d+ (s|min)/)
    .waitFor();
  expect(await visitor.amount('Paid in, tUSD')).toBeGreaterThan(0n);
});
