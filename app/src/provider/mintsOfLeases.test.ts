import type { Address } from '@solana/kit';
import { expect, it } from 'vitest';
import { closeLease, releaseGpus, settle } from '../chain/instructions';
import { leaseContext, numbered } from '../chain/testing';
import { mintsOfLeases } from './mintsOfLeases';

const [provider, other, first, second, tUSD, EURC] = [1, 2, 3, 4, 5, 6].map(numbered) as [Address, Address, Address, Address, Address, Address];

it('knows the mints from what paid the provider, and from nothing else', async () => {
  const [open, closed] = [leaseContext({ lease: first, provider, mint: tUSD }), leaseContext({ lease: second, provider, mint: EURC })];
  const history = [
    { instructions: [await settle(open), await settle(leaseContext({ provider: other })), releaseGpus(leaseContext({ provider }))] },
    { instructions: await closeLease(closed, numbered(7)) },
  ];
  expect([...mintsOfLeases(history, provider)]).toEqual([
    [first, tUSD],
    [second, EURC],
  ]);
});
