import { expect, test } from 'vitest';
import { longestTask } from './trace';
import { visit } from './visitor';

test('two thousand offers are scrolled and filtered without a long task', async () => {
  const visitor = await visit();
  const { page } = visitor;
  await visitor.open('/');
  const count = page.getByText(/^[\d,]+ of [\d,]+ offers$/);
  await count.waitFor();
  const [, all] = (await count.innerText()).match(/of ([\d,]+) offers$/) ?? [];
  expect(Number(all?.replaceAll(',', ''))).toBeGreaterThanOrEqual(2_000);

  const longest = await longestTask(page, async () => {
    await page.getByRole('table', { name: 'Offers' }).hover();
    for (let i = 0; i < 30; i++) await page.mouse.wheel(0, i < 20 ? 1_500 : -3_000);
    await visitor.field('Model or region').pressSequentially('h100 eu', { delay: 30 });
    expect(await visitor.field('Model or region').inputValue(), 'every key, however fast').toBe('h100 eu');
    await visitor.field('Model or region').fill('');
    await visitor.field('Sorted by').selectOption('reliability');
    await visitor.button('Lowest first').click();
    await visitor.field('Hours').fill('24');
    await visitor.field(/^Memory, at least/).fill('80');
    await visitor.button('Highest first').click();
    await page.getByRole('table', { name: 'Offers' }).getByRole('row').nth(1).waitFor();
  });
  expect(longest).toBeLessThan(100);
});

test('a search is a link, and what is cheapest is so on chain', async () => {
  const visitor = await visit();
  await visitor.open('/');
  await visitor.field('Model or region').fill('H100 SXM eu-north');
  await visitor.field('GPUs').fill('2');
  await visitor.field('Hours').fill('10');
  await expect.poll(() => new URL(visitor.page.url()).hash).toMatch(/q=H100\+SXM\+eu-north&gpus=2&hours=10/);
  const other = await visit();
  await other.page.goto(visitor.page.url());
  expect(await other.field('Model or region').inputValue()).toBe('H100 SXM eu-north');
  // 2 GPUs for 10 hours at 2.49.
  await expect.poll(() => other.amount('In total')).toBe(49_800_000n);
  expect(await visitor.amount('In total')).toBe(49_800_000n);
  // The view's own link starts over, and the browser's arrow goes back to the search.
  await visitor.page.getByRole('navigation').getByRole('link', { name: 'Market' }).click();
  await expect.poll(() => visitor.field('Model or region').inputValue()).toBe('');
  await visitor.page.goBack();
  await expect.poll(() => visitor.field('Model or region').inputValue()).toBe('H100 SXM eu-north');
  // A reader who follows a link while the address still waits for what was typed is not brought back.
  await other.page.goto(`${visitor.page.url()}&order=price`);
  await other.page.getByRole('link', { name: 'Rent it' }).evaluate((link: HTMLElement) => {
    link.click();
    for (const end = performance.now() + 500; performance.now() < end;);
  });
  await other.page.getByText('Fingerprint of this text, the same as on chain').waitFor();
});
