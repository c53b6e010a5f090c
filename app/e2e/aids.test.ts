import { expect, test } from 'vitest';
import { balanceOf, leaseAt } from './chain';
import { listGpus, openLease, startLease } from './cli';
import { visit, type Visitor } from './visitor';

test('a first visit: the note, help, saved searches, balances, and the local faucet', async () => {
  const visitor = await visit();
  const { page } = visitor;
  await visitor.openAs('Keeper', '/?q=H100&hours=0.5');
  const note = page.getByText('New here?');
  await page.getByText('Nothing here is audited').first().waitFor();
  await visitor.button('Got it').click();
  await visitor.button('Save this search').click();
  await page.getByRole('link', { name: 'H100, 0.5 h' }).waitFor();
  await page.reload();
  await visitor.open('/');
  expect(await note.count()).toBe(0);
  await page.getByRole('link', { name: 'H100, 0.5 h' }).click();
  await expect.poll(() => visitor.field('Hours').inputValue()).toBe('0.5');
  await visitor.button('Forget the search H100, 0.5 h').click();
  expect(await page.getByRole('link', { name: 'H100, 0.5 h' }).count()).toBe(0);

  await visitor.open('/governance');
  await visitor.button('Help').click();
  await visitor.dialog('Help: Governance').getByText('docs/protocol/governance.md').waitFor();
  await page.keyboard.press('Escape');

  const before = await balanceOf('Keeper');
  const menu = page.getByRole('button', { name: 'Account Keeper' });
  await menu.click();
  await page.getByRole('menuitem', { name: 'Get 1,000.00 tUSD' }).click();
  await expect.poll(() => balanceOf('Keeper')).toBe(before + 1_000_000_000n);
  await menu.click();
  const shown = page.getByRole('menu').locator('[data-exact]');
  await expect.poll(async () => (await shown.all()).length).toBeGreaterThanOrEqual(2);
  await expect
    .poll(() =>
      page
        .getByRole('menu')
        .locator(`[data-exact="${before + 1_000_000_000n}"]`)
        .count(),
    )
    .toBe(1);
  // A local cluster is in no explorer.
  expect(await page.getByRole('menuitem', { name: 'Show in the explorer' }).count()).toBe(0);
});

test('news of a lease comes once, in whatever tab, and counts in the title until it is seen', async () => {
  const visitor = await visit({ permissions: ['notifications'] });
  await visitor.context.addInitScript(() => {
    const Told = class extends EventTarget {
      static requestPermission = async () => 'granted';
      constructor(title: string) {
        super();
        localStorage.setItem(
          'test:notifications',
          `${localStorage.getItem('test:notifications') ?? ''}${title}\n`,
        );
      }
    };
    Object.assign(window, { Notification: Told });
  });
  const starts = async () =>
    (await visitor.page.evaluate(() => localStorage.getItem('test:notifications')))?.match(
      /^Your GPUs are ready$/gm,
    )?.length;
  const counted = async ({ page }: Visitor) => Number((await page.title()).match(/^\((\d+)\) /)?.[1] ?? 0);
  const lease = await openLease(await listGpus());
  await visitor.openAs('Renter', `/leases/${lease}`);
  await visitor.page.getByRole('button', { name: 'Account Renter' }).click();
  await visitor.page.getByRole('menuitemcheckbox', { name: 'Notify me about my leases' }).click();
  await visitor.open('/leases');
  const other = await visitor.newTab();
  await other.open('/');

  await startLease(lease);
  await expect.poll(starts, { timeout: 20_000 }).toBe(1);
  await expect.poll(() => counted(other)).toBeGreaterThan(0);
  // Leases of other tests may be among them.
  const all = await counted(other);
  await visitor.page.reload();
  await expect.poll(() => counted(visitor)).toBe(all);
  await visitor.open(`/leases/${lease}`);
  await expect.poll(() => counted(visitor)).toBe(all - 1);
  await expect.poll(() => counted(other)).toBe(all - 1);
  expect(await starts()).toBe(1);
  expect((await leaseAt(lease)).startedAt).toBeGreaterThan(0n);
});

test('a public cluster’s addresses and transactions lead to an explorer', async () => {
  const explorer = { address: 'https://explorer.example/a/{}', transaction: 'https://explorer.example/t/{}' };
  const visitor = await visit({ cluster: { explorer } });
  await visitor.openAs('Renter', '/leases');
  await visitor.page.getByRole('main').getByRole('link', { name: /×/ }).first().click();
  await visitor.page.waitForURL(/#\/leases\//);
  const lease = visitor.shown;
  const link = (what: string) =>
    visitor.page.getByRole('main').getByRole('link', { name: `Show ${what} in the explorer` });
  await expect
    .poll(() => link('signature').first().getAttribute('href'))
    .toMatch(/^https:\/\/explorer\.example\/t\/\w+$/);
  const addresses = await link('address').evaluateAll((links) =>
    links.map((link) => link.getAttribute('href')),
  );
  expect(addresses).toContain(`https://explorer.example/a/${lease}`);
});
