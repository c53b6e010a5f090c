// A narrow page with the longest names that anybody can choose: nothing widens it, and every value keeps its label.

import { getBase64Decoder, getBase64Encoder } from '@solana/kit';
import { expect, inject, onTestFinished, test } from 'vitest';
import { getOfferDecoder, getOfferEncoder, OFFER_DISCRIMINATOR } from 'gpu-lease';
import { node, type RpcAnswer } from './proxy';
import { SCREENSHOTS } from './screenshots';
import { visit, type Visitor } from './visitor';

const { cluster } = inject('market');

/** A name that breaks nowhere. */
const long = (length: number) => 'W'.repeat(length);

/** Every offer's texts as long as they can be, its numbers too. */
function lengthen(encoded: string): string {
  const bytes = getBase64Encoder().encode(encoded);
  if (!OFFER_DISCRIMINATOR.every((byte, i) => bytes[i] === byte)) return encoded;
  const offer = getOfferDecoder().decode(bytes);
  const text = (length: number) => new TextEncoder().encode(long(length));
  const { terms, listing } = offer;
  const changed = {
    ...offer,
    terms: { ...terms, price: terms.price + 10n ** 15n, minDuration: 5_401 },
    listing: {
      ...listing,
      gpuModel: text(32),
      region: text(16),
      memoryGib: 0xffff_ffff,
      carbonIntensity: 0xffff_ffff,
      descriptionUri: text(136),
    },
  };
  return getBase64Decoder().decode(getOfferEncoder().encode(changed));
}

const VIEWS: [name: string, account: string, view: string, link?: RegExp][] = [
  ['market', 'Renter', '/'],
  ['rent', 'Renter', '/', /^Rent it$/],
  ['leases', 'Renter', '/leases'],
  ['lease', 'Renter', '/leases', /×/],
  ['sign', 'Renter', '/sign'],
  ['provider', 'Provider', '/provider'],
  ['governance', 'Holder', '/governance'],
  ['proposal', 'Holder', '/governance', /fee/i],
];

/** What reaches beyond the view's sides and is not meant to be scrolled in itself. */
const outside = ({ page }: Visitor) =>
  page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    const wide = scrollWidth > clientWidth ? [`the page: ${scrollWidth} of ${clientWidth}`] : [];
    return [
      ...wide,
      ...[...document.querySelectorAll('main, main section, main dd, main bdi, [role="row"]')]
        .filter((element) => element.getBoundingClientRect().right > clientWidth + 1)
        .map(({ outerHTML }) => outerHTML.slice(0, 200)),
    ];
  });

test('at 360 px no name however long scrolls a view sideways', async () => {
  const own = await node(cluster.rpcUrl);
  onTestFinished(own.remove);
  own.behave(async ({ method }, forward) => {
    const answer = await forward();
    if (method !== 'getProgramAccounts' && method !== 'getAccountInfo') return answer;
    return JSON.parse(JSON.stringify(answer), (key, value: unknown) =>
      key === 'data' && Array.isArray(value) && value[1] === 'base64'
        ? [lengthen(value[0] as string), 'base64']
        : value,
    ) as RpcAnswer;
  });
  const tokens = Object.fromEntries(Object.keys(cluster.tokens ?? {}).map((mint) => [mint, long(64)]));
  const visitor = await visit({
    cluster: { rpcUrl: own.url, tokens },
    viewport: { width: 360, height: 800 },
    mayBeCutOff: true,
  });
  for (const [name, account, view, link] of VIEWS) {
    await visitor.openAs(account, view);
    if (link) {
      await visitor.page.getByRole('main').getByRole('link', { name: link }).first().click();
      await expect.poll(() => visitor.page.url()).not.toMatch(new RegExp(`#${view}$`));
      await visitor.page.getByRole('heading', { level: 1 }).waitFor();
    }
    await visitor.settle();
    expect.soft(await outside(visitor), name).toEqual([]);
    await visitor.page.screenshot({ path: `${SCREENSHOTS}/narrow ${name}.png`, fullPage: true });
    if (name === 'market') {
      const row = visitor.page.getByRole('table', { name: 'Offers' }).getByRole('row').nth(1);
      const labels = await row
        .getByRole('cell')
        .evaluateAll((cells) => cells.map((cell) => getComputedStyle(cell, '::before').content));
      for (const label of ['Free', 'Price per GPU-hour', 'Delivered before', 'Region and power', 'Promised'])
        expect.soft(labels).toContain(`"${label}"`);
      const cut = await row
        .getByRole('cell')
        .evaluateAll(
          (cells) =>
            cells
              .flatMap((cell) => [...cell.children])
              .filter((part) => part.scrollWidth > part.clientWidth + 1).length,
        );
      expect.soft(cut, 'values that are cut off').toBe(0);
    }
  }
  await expect(
    visitor.page
      .getByText('Provider gets')
      .or(visitor.page.locator('[data-name="Provider gets"]'))
      .first()
      .isVisible(),
  ).resolves.toBe(true);
});

test('the dark theme prints on white paper', async () => {
  const visitor = await visit({ colorScheme: 'dark' });
  await visitor.open('/');
  const ink = () => visitor.page.evaluate(() => getComputedStyle(document.documentElement).color);
  const dark = await ink();
  await visitor.page.emulateMedia({ media: 'print', colorScheme: 'dark' });
  expect(await ink()).not.toBe(dark);
  expect(await ink()).toBe('rgb(23, 26, 29)');
  await visitor.page.evaluate(() => (document.documentElement.dataset.theme = 'dark'));
  expect(await ink()).toBe('rgb(23, 26, 29)');
});
