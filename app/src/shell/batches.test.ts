import { AccountRole, type Address, type Instruction } from '@solana/kit';
import { describe, expect, it } from 'vitest';
import { numbered } from 'gpu-lease/testing';
import { inBatches } from './batches';

const [payer, program, provider, payout] = [1, 2, 3, 4].map(numbered) as [Address, Address, Address, Address];

/** Looks like a `settle`: a lease and a vault of its own, the rest shared. */
const settle = (seed: number): Instruction => ({
  programAddress: program,
  accounts: [
    ...[seed, seed + 1].map((seed) => ({ address: numbered(seed), role: AccountRole.WRITABLE })),
    { address: provider, role: AccountRole.READONLY },
    { address: payout, role: AccountRole.WRITABLE },
  ],
  data: new Uint8Array(8),
});
const first: Instruction = {
  programAddress: numbered(5),
  accounts: [{ address: payout, role: AccountRole.WRITABLE }],
  data: new Uint8Array(1),
};

describe('batches', () => {
  it('hold all items once, in order, as many together as fit', () => {
    const items = Array.from({ length: 30 }, (_, i) => ({ id: i, instruction: settle(10 + 2 * i) }));
    const batches = inBatches(payer, first, items);
    expect(batches.flat()).toEqual(items);
    expect(batches.map(({ length }) => length)).toEqual([11, 11, 8]);
  });

  it('are none for nothing', () => {
    expect(inBatches(payer, first, [])).toEqual([]);
  });
});
