import { beforeAll, expect, test } from 'vitest';
import { moveClock } from './chain';
import { AXE, barriers, THEMES, violations } from './axe';
import { attest, listGpus, openLease, runLease, startLease, type Gpus } from './cli';
import { SCREENSHOTS } from './screenshots';
import { visit, type Visitor } from './visitor';

let gpus: Gpus;

/** Two that run, and whose usage was reported twice. A sponsor pays for the second, and an operator has started it. */
let lease: string, sponsored: string;

beforeAll(async () => {
  gpus = await listGpus();
  const leases = [
    await runLease(gpus, { hours: 12 }),
    await openLease(gpus, { hours: 12, payer: 'Sponsor' }),
  ] as const;
  await startLease(leases[1], 'Operator');
  for (let hour = 0; hour < 2; hour++) {
    await moveClock(3_600n);
    for (const running of leases) await attest(running);
  }
  [lease, sponsored] = leases;
});

/** Every view, as who sees the most of it, and how one gets there. */
const VIEWS: [name: string, account: string, visit: (visitor: Visitor) => Promise<void>][] = [
  ['market', 'Renter', (visitor) => visitor.open('/')],
  [
    'rent',
    'Renter',
    async (visitor) => {
      await visitor.open('/?q=H100%20SXM&hours=4');
      await visitor.page.getByRole('link', { name: 'Rent it' }).click();
      await visitor.heading(/^Rent /).waitFor();
    },
  ],
  ['leases', 'Renter', (visitor) => visitor.open('/leases')],
  ['lease', 'Renter', (visitor) => visitor.open(`/leases/${lease}`)],
  ['lease of a provider', 'Provider', (visitor) => visitor.open(`/leases/${sponsored}`)],
  ['sign', 'Renter', (visitor) => visitor.open('/sign')],
  ['provider', 'Provider', (visitor) => visitor.open('/provider')],
  ['provider, as its operator', 'Operator', (visitor) => visitor.open('/provider')],
  ['registering', 'Keeper', (visitor) => visitor.open('/provider')],
  [
    'listing',
    'Provider',
    async (visitor) => {
      await visitor.open('/provider');
      await visitor.button('List GPUs').click();
      await visitor.field('Model').waitFor();
    },
  ],
  ['governance', 'Holder', (visitor) => visitor.open('/governance')],
  [
    'proposal',
    'Holder',
    async (visitor) => {
      await visitor.open('/governance');
      await visitor.page.getByRole('main').getByRole('link', { name: /fee/i }).first().click();
      await visitor.page.waitForURL(/#\/governance\//);
      await visitor.page.getByRole('heading', { level: 1 }).waitFor();
    },
  ],
  ['nowhere', 'Renter', (visitor) => visitor.open('/nowhere')],
];

test.each(VIEWS)('%s: nobody is kept out by it, in any theme and width', async (name, account, visitView) => {
  const visitor = await visit();
  await visitor.context.addInitScript(AXE);
  await visitor.openAs(account, '/');
  await visitView(visitor);
  expect(await barriers(visitor, name)).toEqual([]);
});

/** Takes pictures of what is open, and closes it: how it keeps anybody out. */
async function lookAt(visitor: Visitor, name: string, opened = visitor.page.getByRole('dialog')) {
  await opened.waitFor();
  for (const colorScheme of THEMES)
    for (const width of [360, 1440]) {
      await visitor.page.emulateMedia({ colorScheme });
      await visitor.page.setViewportSize({ width, height: 900 });
      await visitor.settle();
      await visitor.page.screenshot({ path: `${SCREENSHOTS}/opened ${name} ${colorScheme} ${width}.png` });
    }
  const found = await violations(visitor, 'dialog, [role=menu]');
  await visitor.page.keyboard.press('Escape');
  await opened.waitFor({ state: 'detached' });
  return found;
}

test('what a renter opens keeps nobody out', async () => {
  const visitor = await visit();
  const { page } = visitor;
  await visitor.context.addInitScript(AXE);
  await visitor.openAs('Renter', '/?q=H100%20SXM&hours=4');
  await visitor.button('Help').click();
  expect.soft(await lookAt(visitor, 'help')).toEqual([]);
  await page.getByRole('button', { name: 'Account Renter' }).click();
  await page.getByRole('menuitemcheckbox', { name: 'Notify me about my leases' }).waitFor();
  expect.soft(await lookAt(visitor, 'account', page.getByRole('menu'))).toEqual([]);
  await page.getByRole('link', { name: 'Rent it' }).click();
  await visitor.button('Review and sign').click();
  await visitor.dialog('Open the lease').getByText('What will change').waitFor();
  expect.soft(await lookAt(visitor, 'review')).toEqual([]);
  await visitor.open(`/leases/${lease}`);
  await visitor.button('More').click();
  expect.soft(await lookAt(visitor, 'more', page.getByRole('menu'))).toEqual([]);
  for (const action of ['Top up', 'Extend', 'Change the GPUs', 'Give notice', 'Co-sign usage']) {
    await visitor.act(action);
    expect.soft(await lookAt(visitor, action)).toEqual([]);
  }
});

test('what a provider opens keeps nobody out', async () => {
  const visitor = await visit();
  await visitor.context.addInitScript(AXE);
  await visitor.openAs('Provider', '/provider');
  await visitor.button('Report usage').first().click();
  expect.soft(await lookAt(visitor, 'usage')).toEqual([]);
  await visitor.button('Change the keys').click();
  expect.soft(await lookAt(visitor, 'keys')).toEqual([]);
  await visitor.button('Pay in').first().click();
  expect.soft(await lookAt(visitor, 'bond account')).toEqual([]);
});

test('dialogs and menus keep nobody out either', async () => {
  const visitor = await visit();
  await visitor.context.addInitScript(AXE);
  await visitor.open('/');
  await visitor.button('Connect a wallet').click();
  await visitor.dialog('Connect a wallet').waitFor();
  for (const colorScheme of THEMES) {
    await visitor.page.emulateMedia({ colorScheme });
    expect.soft(await violations(visitor), `the choice of wallets, ${colorScheme}`).toEqual([]);
  }
  await visitor.page.keyboard.press('Escape');
  await visitor.connect();
  for (const menu of [/^Cluster /, 'Theme', /^Account /]) {
    await visitor.page.getByRole('button', { name: menu }).click();
    await visitor.page.getByRole('menu').waitFor();
    expect.soft(await violations(visitor), `the menu ${menu}`).toEqual([]);
    await visitor.page.keyboard.press('Escape');
  }
});

test('a newcomer rents with the keyboard alone', async () => {
  const visitor = await visit();
  const { page } = visitor;
  await visitor.openAs('Renter', `/?q=${gpus.search}&hours=4`);
  await page.getByRole('link', { name: 'Rent it' }).waitFor();
  /** Goes on with Tab until what has the focus is called so, as somebody does who sees where the focus is. */
  const tabTo = async (name: string) => {
    for (let i = 0; i < 60; i++) {
      await page.keyboard.press('Tab');
      const focused = await page.evaluate(
        () => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent ?? '',
      );
      if (focused.trim() === name) return;
    }
    throw new Error(`Tab does not lead to ${name}`);
  };
  await tabTo('Rent it');
  await page.keyboard.press('Enter');
  await visitor.heading(/^Rent /).waitFor();
  await expect.poll(() => visitor.button('Review and sign').isEnabled()).toBe(true);
  await tabTo('Review and sign');
  await page.keyboard.press('Enter');
  await visitor
    .dialog('Open the lease')
    .getByRole('button', { name: 'Sign and send' })
    .and(page.locator(':enabled'))
    .waitFor();
  await tabTo('Sign and send');
  await page.keyboard.press('Enter');
  await page.waitForURL(/#\/leases\//);
  await visitor.heading(/H100 SXM/).waitFor();
});
