import { expect, test } from 'vitest';
import { listGpus } from './cli';
import { rent } from './flows';
import { visit, type Visitor } from './visitor';

/** What has the focus: its name, or what kind of element it is. */
const focused = ({ page }: Visitor) =>
  page.evaluate(() => {
    const { activeElement: at } = document;
    return (
      at?.getAttribute('aria-label') ??
      (at as HTMLInputElement | null)?.labels?.[0]?.textContent ??
      (at?.matches('main, section, body') ? at.localName : (at?.textContent?.trim() ?? ''))
    );
  });

test('the keyboard: numbers, the skip link, dialogs, menus, and where the focus goes', async () => {
  const visitor = await visit();
  const { page } = visitor;
  await visitor.openAs('Renter', '/?q=H100%20SXM');

  // A field can be cleared and typed again, and half an hour is a length.
  await visitor.field('GPUs').click();
  await page.keyboard.press('Backspace');
  expect(await visitor.field('GPUs').inputValue()).toBe('');
  await page.keyboard.type('8');
  expect(await visitor.field('GPUs').inputValue()).toBe('8');
  await visitor.field('Hours').click();
  await page.keyboard.type('0.5');
  expect(await visitor.field('Hours').inputValue()).toBe('0.5');
  await expect.poll(() => new URL(page.url()).hash).toMatch(/gpus=8&hours=0\.5/);
  await page.keyboard.press('Control+A');
  await page.keyboard.type('0,5');
  await page.getByText('Write decimals with a point').waitFor();

  // The skip link leads to the content of the view that is shown.
  await visitor.open('/leases');
  await page.reload();
  await visitor.heading('Leases').first().waitFor();
  await page.keyboard.press('Tab');
  expect(await focused(visitor)).toBe('Skip to the content');
  await page.keyboard.press('Enter');
  expect(await focused(visitor)).toBe('main');
  await visitor.heading('Leases').first().waitFor();

  // A link moves the focus into its view, whose name is the title and is announced.
  await page.getByRole('link', { name: 'Governance' }).press('Enter');
  await visitor.heading('Governance').first().waitFor();
  expect([await focused(visitor), await page.title()]).toEqual(['main', 'Governance · gpu-lease']);
  expect(await page.locator('[aria-live=polite]').first().innerText()).toBe('Governance');

  // Menus: in by Enter, along by arrows, out by Escape to their button.
  await page.getByRole('button', { name: 'Theme' }).press('Enter');
  await page.getByRole('menu').waitFor();
  await expect.poll(() => focused(visitor)).toMatch(/Same as the system$/);
  await page.keyboard.press('ArrowDown');
  await expect.poll(() => focused(visitor)).toBe('Light');
  await page.keyboard.press('Escape');
  await expect.poll(() => focused(visitor)).toBe('Theme');

  // Rent by Enter in a field; cancel, and be back in that field.
  const lease = await rent(visitor, (await listGpus()).search);
  await expect.poll(() => page.title()).toMatch(/^Lease of 1 × .*H100 SXM.*, .{4}….{4} · gpu-lease$/);

  // A dialog opens on its first field, Enter submits it, and the focus is back at its button in the end.
  await (await visitor.action('Top up')).press('Enter');
  const topUp = visitor.dialog('Top up');
  expect(await focused(visitor)).toBe('Amount');
  await page.keyboard.type('1.25');
  await page.keyboard.press('Enter');
  const review = topUp.filter({ hasText: 'What will change' });
  await review.waitFor();
  await page.keyboard.press('Escape');
  await review.waitFor({ state: 'detached' });
  expect(await focused(visitor)).toBe('Amount');
  await page.keyboard.press('Escape');
  await topUp.waitFor({ state: 'detached' });
  expect(await focused(visitor)).not.toBe('body');

  // A button that its own action removes leaves the focus near it.
  await (await visitor.action('Cancel, all of it comes back')).press('Enter');
  await visitor.dialog('Cancel the lease').waitFor();
  expect(await focused(visitor)).toBe('Cancel the lease');
  await visitor.sign('Cancel the lease');
  await visitor.heading('A lease that is over').waitFor();
  expect(await focused(visitor)).not.toBe('body');
  expect(lease).toBe(visitor.shown);
});
