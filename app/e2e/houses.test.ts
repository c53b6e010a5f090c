import { expect, test } from 'vitest';
import { proposalAddress } from 'gpu-lease';
import { addressOf, feeParams, lockOf, proposalAt } from './chain';
import { visit } from './visitor';

test('a holder overrules its delegate, and those who pay the fee refuse the rise', async () => {
  const visitor = await visit();
  await visitor.openAs('Holder', '/governance');
  await visitor.field('Delegate').fill(addressOf('Operator'));
  await visitor.button('Name the delegate').click();
  await visitor.sign('Name a delegate');
  const { amount, delegate } = (await lockOf('Holder')).data;
  expect(delegate).toBe(addressOf('Operator'));

  const { feeBps } = await feeParams();
  await visitor.field('New fee').fill(String((feeBps + 25) / 100));
  await visitor.button('Review the proposal').click();
  await visitor.sign('Make a proposal');
  await visitor.heading(/^Raise the fee/).waitFor();
  const address = await proposalAddress(BigInt(visitor.shown));
  const tallies = async () => {
    const { tokens, participants } = await proposalAt(address);
    return {
      holders: [tokens.votesFor, tokens.votesAgainst],
      participants: [participants.votesFor, participants.votesAgainst],
    };
  };

  await visitor.actAs('Operator');
  await visitor.button(/^Vote against with delegated by/).click();
  await visitor.sign('Vote against');
  expect((await tallies()).holders).toEqual([0n, amount]);

  await visitor.actAs('Holder');
  await visitor.button('Vote for with your locked tokens').click();
  await visitor.sign('Vote for');
  expect((await tallies()).holders).toEqual([amount, 0n]);
  await visitor.page.getByText('They pass it as the votes stand.').waitFor();

  await visitor.actAs('Renter');
  await visitor.button('Vote against with your fees as a renter').click();
  await visitor.sign('Vote against');
  const [, refused] = (await tallies()).participants;
  expect(refused).toBeGreaterThan(0n);
  await visitor.page.getByText('They refuse it as the votes stand.').waitFor();

  await visitor.moveClock('Five days on');
  await visitor.button('Decide the vote').click();
  await visitor.sign('Decide the vote');
  await visitor.page.getByText('failed', { exact: true }).waitFor();
  expect((await feeParams()).feeBps).toBe(feeBps);
});
