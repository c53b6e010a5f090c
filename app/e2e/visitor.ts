// What people do on the page, in their words: by what buttons, fields and headings are called.

import {
  chromium,
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type Locator,
  type Page,
} from 'playwright-core';
import { expect, inject, onTestFinished } from 'vitest';
import type { Cluster } from '../src/chain/cluster';
import { SCREENSHOTS } from './screenshots';

const { pageUrl, browserUrl, cluster } = inject('market');

let connection: Promise<Browser> | undefined;

/** The browser of all tests. */
export const browser = () => (connection ??= chromium.connect(browserUrl));

/** Numbers the pictures of what failed. */
let failures = 0;

type Visit = BrowserContextOptions & {
  /** The cluster that the page finds in its `cluster.json`, if not the local market as it is. */
  cluster?: Partial<Cluster>;
  /** The test cuts a connection, which browsers write to the console as an error. */
  mayBeCutOff?: boolean;
};

/** Somebody with a browser of their own. */
export async function visit({
  cluster: other,
  mayBeCutOff = false,
  ...options
}: Visit = {}): Promise<Visitor> {
  const context = await (
    await browser()
  ).newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce', ...options });
  context.setDefaultTimeout(20_000);
  if (other)
    await context.route('**/cluster.json', (route) => route.fulfill({ json: { ...cluster, ...other } }));
  const visitor = new Visitor(await context.newPage());
  onTestFinished(async ({ task }) => {
    if (task.result?.state === 'fail')
      for (const page of context.pages())
        await page.screenshot({ path: `${SCREENSHOTS}/failed ${task.name} ${++failures}.png` });
    await context.close();
    if (!mayBeCutOff) expect(visitor.complaints, 'what the browser wrote to the console').toEqual([]);
  });
  return visitor;
}

export class Visitor {
  /** Errors in the console, breaches of the content security policy among them. */
  readonly complaints: string[] = [];

  constructor(readonly page: Page) {
    page.on('console', (message) => message.type() === 'error' && this.complaints.push(message.text()));
    page.on('pageerror', (error) => this.complaints.push(String(error)));
  }

  get context(): BrowserContext {
    return this.page.context();
  }

  /** Another tab of the same browser. */
  async newTab(): Promise<Visitor> {
    return new Visitor(await this.context.newPage());
  }

  /** Opens a view by its address, which is what comes after `#`. */
  async open(view: string) {
    await this.page.goto(`${pageUrl}/#${view}`);
    await this.page.getByRole('heading', { level: 1 }).waitFor();
  }

  heading = (name: string | RegExp) => this.page.getByRole('heading', { name });
  field = (label: string | RegExp) => this.page.getByLabel(label, { exact: true });
  button = (name: string | RegExp) => this.page.getByRole('button', { name, exact: true });
  dialog = (title: string) => this.page.getByRole('dialog', { name: title });

  /** The row of a table that is about a lease. */
  rowOf = (lease: string) =>
    this.page.getByRole('row').filter({ has: this.page.locator(`a[href$="${lease}"]`) });

  /** What can be done with the lease that is shown. */
  private get actions(): Locator {
    return this.page.locator('section').filter({ has: this.heading('What you can do') });
  }

  /** Something that can be done with it: the first thing, or an entry under “More”. */
  async action(name: string): Promise<Locator> {
    const more = this.actions.getByRole('button', { name: 'More', exact: true });
    const [first, entry] = [
      this.actions.getByRole('button', { name, exact: true }),
      this.actions.getByRole('menuitem', { name, exact: true }),
    ];
    const isThere = async () => {
      if (await first.isVisible()) return first;
      if (!(await this.actions.getByRole('menu').isVisible()) && (await more.isVisible())) {
        // What has the focus already is not scrolled to, and its menu would open out of sight.
        await more.scrollIntoViewIfNeeded();
        await more.press('Enter');
      }
      return (await entry.isVisible()) ? entry : undefined;
    };
    await expect.poll(isThere, { message: `to ${name}`, timeout: 20_000 }).toBeDefined();
    return (await first.isVisible()) ? first : entry;
  }

  /** Does something with the lease that is shown. */
  async act(name: string) {
    await (await this.action(name)).click();
  }

  /** All that can be done with it, the first thing first. */
  async offered(): Promise<string[]> {
    const more = this.actions.getByRole('button', { name: 'More', exact: true });
    await this.actions.getByRole('button').first().waitFor();
    if (await more.isVisible()) await more.press('Enter');
    const names = (
      await this.actions.getByRole('button').or(this.actions.getByRole('menuitem')).allInnerTexts()
    ).filter((name) => name !== 'More');
    await this.page.keyboard.press('Escape');
    return names;
  }

  async connect(wallet = 'Development wallet') {
    await this.page.getByRole('banner').getByRole('button', { name: 'Connect a wallet' }).click();
    await this.dialog('Connect a wallet').getByRole('button', { name: wallet }).click();
    await this.page.getByRole('button', { name: /^Account / }).waitFor();
  }

  /** Chooses the account to act as. */
  async actAs(account: string) {
    const menu = this.page.getByRole('button', { name: /^Account / });
    if ((await menu.getAttribute('aria-label')) === `Account ${account}`) return;
    await menu.click();
    await this.page.getByRole('menuitemcheckbox', { name: new RegExp(`^${account} `) }).click();
    await this.page.getByRole('button', { name: `Account ${account}`, exact: true }).waitFor();
  }

  /** Opens a view as an account of the development wallet. */
  async openAs(account: string, view: string) {
    await this.open(view);
    if (await this.page.getByRole('banner').getByRole('button', { name: 'Connect a wallet' }).isVisible())
      await this.connect();
    await this.actAs(account);
  }

  /** Moves the local clock, as the cluster's menu offers it. */
  async moveClock(jump: 'Ten minutes on' | 'An hour on' | 'A day on' | 'Five days on') {
    await this.page.getByRole('button', { name: /^Cluster / }).click();
    const moved = this.page.waitForResponse(
      (response) => response.request().postData()?.includes('surfnet_timeTravel') ?? false,
    );
    await this.page.getByRole('menuitem', { name: jump }).click();
    await moved;
  }

  /** Signs what is reviewed under this title, and waits until the cluster has confirmed it. */
  async sign(title: string) {
    const review = this.dialog(title).filter({ hasText: 'What will change' });
    await review.getByRole('button', { name: 'Sign and send' }).click();
    await review.waitFor({ state: 'detached' });
    const toast = this.page.getByRole('listitem').filter({ hasText: `${title}: ` });
    await expect.poll(() => toast.last().innerText(), { timeout: 20_000 }).toContain(`${title}: confirmed`);
    await toast.last().getByRole('button', { name: 'Close' }).click();
  }

  /** Collects what is due, in as many transactions as it takes. */
  async collectEverything() {
    await this.button('Collect everything').click();
    const review = this.page
      .getByRole('dialog', { name: /^Collect from / })
      .getByRole('heading')
      .first();
    await review.waitFor();
    const [progress] = await this.page.getByText(/^Transaction 1 of \d+$/).allInnerTexts();
    const transactions = Number(progress?.split(' ').at(-1) ?? 1);
    for (let i = 0; i < transactions; i++) await this.sign(await review.innerText());
  }

  /** Waits until nothing is being read, and fonts are there. */
  async settle() {
    await expect.poll(() => this.page.locator('[aria-busy]').count(), { timeout: 20_000 }).toBe(0);
    await this.page.evaluate(() => document.fonts.ready);
  }

  /** The amount under a name, in base units. */
  async amount(name: string, within: Page | Locator = this.page): Promise<bigint> {
    const value = within
      .locator('dl > div')
      .filter({ has: this.page.locator('dt', { hasText: new RegExp(`^${name}$`) }) });
    const exact = await value.locator('[data-exact]').first().getAttribute('data-exact');
    return BigInt(exact ?? 'nothing');
  }

  /** The last part of the address: the account that the view shows. */
  get shown(): string {
    return new URL(this.page.url()).hash.split('/').pop()!.split('?')[0]!;
  }
}
