import { expect, test } from 'vitest';
import { proposalAddress } from 'gpu-lease';
import { feeParams, lockOf, proposalAt } from './chain';
import { visit } from './visitor';

test('a voter locks tokens, proposes, votes and executes', async () => {
  const visitor = await visit();
  await visitor.openAs('Provider', '/governance');
  const locked = () => visitor.amount('Locked');
  expect(await locked()).toBe(0n);
  await visitor.field('Tokens to lock').fill('200000');
  await visitor.field('For how long, from now').fill('60');
  await visitor.button('Lock').click();
  await visitor.sign('Lock tokens');
  await expect.poll(locked).toBe(200_000_000_000n);
  expect((await lockOf('Provider')).data.amount).toBe(200_000_000_000n);

  const { feeBps } = await feeParams();
  const lower = feeBps - 25;
  await visitor.field('New fee').fill(String(lower / 100));
  await visitor.button('Review the proposal').click();
  await visitor.sign('Make a proposal');
  await visitor.page.waitForURL(/#\/governance\/\d+$/);
  await visitor.heading(/^Lower the fee/).waitFor();
  const address = await proposalAddress(BigInt(visitor.shown));

  await visitor.button('Vote for with your locked tokens').click();
  await visitor.sign('Vote for');
  await expect.poll(() => visitor.amount('For')).toBe(200_000_000_000n);
  await visitor.actAs('Holder');
  await visitor.button('Vote for with your locked tokens').click();
  await visitor.sign('Vote for');
  await expect.poll(() => visitor.amount('For')).toBe(600_000_000_000n);
  expect((await proposalAt(address)).tokens.votesFor).toBe(600_000_000_000n);

  await visitor.moveClock('Five days on');
  await visitor.button('Decide the vote').click();
  await visitor.sign('Decide the vote');
  await visitor.page.getByText('timelocked', { exact: true }).waitFor();
  for (let day = 0; day < 3; day++) await visitor.moveClock('A day on');
  await visitor.button('Execute it').click();
  await visitor.sign('Execute the proposal');
  await visitor.page.getByText('executed', { exact: true }).waitFor();
  expect((await feeParams()).feeBps).toBe(lower);
});
