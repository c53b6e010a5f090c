// What two parties sign, days apart.

import { expect, inject, test } from 'vitest';
import { addressOf, leaseAt, rpc } from './chain';
import { listGpus, type Gpus } from './cli';
import { visit, type Visitor } from './visitor';

const { cluster } = inject('market');

const visitAs = (name: string) =>
  visit({
    cluster: {
      developmentWallet: (cluster.developmentWallet ?? []).filter((account) => account.name === name),
    },
  });

/** As a renter, prepares a lease that a sponsor has a day to pay for; the text to hand over. */
async function prepare(renter: Visitor, gpus: Gpus): Promise<string> {
  await renter.openAs('Renter', `/?q=${gpus.search}&gpus=1&hours=4`);
  await renter.page.getByRole('link', { name: 'Rent it' }).click();
  await renter.field('Paid by another wallet (optional)').fill(addressOf('Sponsor'));
  await renter.field('The other party signs within').selectOption('a day');
  await renter.button('Review and sign').click();
  await renter
    .dialog('Keep it good: open a durable nonce')
    .getByRole('button', { name: 'Sign and send' })
    .click();
  await renter.dialog('Open the lease').getByRole('button', { name: 'Sign and send' }).click();
  const text = await renter.field('Half-signed transaction').inputValue();
  await renter.dialog('Open the lease').getByRole('button', { name: 'Close' }).first().click();
  return text;
}

test('what rests on a durable nonce is good until it is used, and can be withdrawn', async () => {
  const renter = await visitAs('Renter');
  const gpus = await listGpus();
  const withdrawn = await prepare(renter, gpus);
  const used = await prepare(renter, gpus);
  await renter.openAs('Renter', '/sign');
  const rows = renter.page.getByRole('row').filter({ hasText: 'waiting for the other party' });
  await expect.poll(() => rows.count()).toBe(2);

  const sponsor = await visitAs('Sponsor');
  await sponsor.openAs('Sponsor', '/sign');
  const text = sponsor.field('Half-signed transaction');
  await text.fill(withdrawn);
  await sponsor.page.getByText('is good until that nonce is used or withdrawn').waitFor();
  await rows.first().getByRole('button', { name: 'Withdraw' }).click();
  await renter.sign('Withdraw what you signed');
  await expect.poll(() => rows.count()).toBe(1);
  await sponsor.openAs('Sponsor', '/sign');
  await text.fill(withdrawn);
  await sponsor.page.getByText('It was used or withdrawn').waitFor();
  expect(await sponsor.button('Review').isDisabled()).toBe(true);

  // An hour later, no blockhash from then is good.
  await sponsor.moveClock('An hour on');
  await text.fill(used);
  await sponsor.button('Review').click();
  const review = sponsor.dialog('Sign a transaction');
  const lease = await review
    .locator('dl > div')
    .filter({ has: sponsor.page.getByText('Lease', { exact: true }) })
    .locator('[title]')
    .first()
    .getAttribute('title');
  await sponsor.sign('Sign a transaction');
  expect((await leaseAt(lease ?? 'nothing')).payer).toBe(addressOf('Sponsor'));

  const before = (await rpc.getBalance(addressOf('Renter')).send()).value;
  await renter.openAs('Renter', '/sign');
  // By the keyboard: a notification may cover the button.
  await renter.button('Reclaim the rent').press('Enter');
  await renter.sign('Reclaim the rent');
  await expect.poll(() => renter.page.getByRole('heading', { name: 'Half-signed by you' }).count()).toBe(0);
  expect((await rpc.getBalance(addressOf('Renter')).send()).value).toBeGreaterThan(before);
});
