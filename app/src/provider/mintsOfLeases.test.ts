import type { Address } from '@solana/kit';
import { expect, it } from 'vitest';
import { leaseContext, numbered } from 'gpu-lease/testing';
import { closeLease, findMintPolicyPda, releaseGpus, settle } from 'gpu-lease';
import { mintsOfLeases } from './mintsOfLeases';

const [provider, other, first, second, third, tUSD, EURC] = [1, 2, 3, 4, 5, 6, 7].map(numbered) as [
  Address,
  Address,
  Address,
  Address,
  Address,
  Address,
  Address,
];

it('knows the mints of leases that are open, and of the provider’s own that were closed', async () => {
  const [open, closed, foreign] = [
    leaseContext({ lease: first, provider, mint: tUSD }),
    leaseContext({ lease: second, provider, mint: EURC }),
    leaseContext({ lease: third, provider: other, mint: EURC }),
  ];
  const history = [
    { instructions: [await settle(open), await settle(closed), releaseGpus(closed)] },
    {
      instructions: [...(await closeLease(closed, numbered(8))), ...(await closeLease(foreign, numbered(8)))],
    },
  ];
  const [address] = await findMintPolicyPda({ mint: EURC });
  const leases = [{ address: first, terms: { mint: tUSD } }] as never;
  expect([...mintsOfLeases(history, provider, leases, [{ address, mint: EURC }])]).toEqual([
    [second, EURC],
    [first, tUSD],
  ]);
});
