import { AccountState, TOKEN_PROGRAM_ADDRESS, getTokenEncoder } from '@solana-program/token';
import { getBase64Decoder, type Address } from '@solana/kit';
import { expect, it } from 'vitest';
import { leaseContext, numbered } from 'gpu-lease/testing';
import { ensureTokenAccount, fits, settle } from 'gpu-lease';
import type { Chain } from '../chain/Chain';
import { inBatches } from './batches';
import { reviewInTurn } from './inTurn';
import type { ReviewRequest } from './useReview';

const [payer, authority, thief] = [1, 2, 3].map(numbered) as [Address, Address, Address];
const { token } = leaseContext({ authority });

/** A node on which every token account has been given to this owner. */
function node(owner: Address) {
  const bytes = getTokenEncoder().encode({
    mint: token.mint,
    owner,
    amount: 0n,
    delegate: null,
    state: AccountState.Initialized,
    isNative: null,
    delegatedAmount: 0n,
    closeAuthority: null,
  });
  const account = { owner: TOKEN_PROGRAM_ADDRESS, data: [getBase64Decoder().decode(bytes), 'base64'] };
  const answer = (value: unknown) => ({ send: async () => ({ value }) });
  return {
    rpc: {
      getMultipleAccounts: (addresses: Address[]) => answer(addresses.map(() => account)),
      getAccountInfo: () => answer(null),
      getTokenAccountsByOwner: () => answer([]),
      getMinimumBalanceForRentExemption: () => ({ send: async () => 2_039_280n }),
    },
  } as unknown as Chain;
}

/** What the reader is asked to review, one after the other, of as many leases as fit a transaction by themselves. */
async function asked(owner: Address, leases?: number): Promise<ReviewRequest[]> {
  const first = await ensureTokenAccount(payer, authority, token);
  const items = await Promise.all(
    Array.from({ length: 30 }, async (_, i) => ({
      instruction: await settle(leaseContext({ authority, lease: numbered(10 + i) })),
    })),
  );
  const [batch = []] = inBatches(payer, first, items);
  const requests: ReviewRequest[] = [];
  const request = {
    title: 'Collect',
    payer,
    instructions: [first, ...batch.slice(0, leases).map(({ instruction }) => instruction)],
  };
  await reviewInTurn(
    request,
    { chain: node(owner), account: payer, isMine: (address) => address === payer },
    async (request) => {
      requests.push(request);
      return 'signature' as never;
    },
  );
  return requests;
}

it('is one transaction where all of it fits', async () => {
  expect((await asked(authority)).map(({ title }) => title)).toEqual(['Collect']);
  const [together, ...more] = await asked(thief, 2);
  expect([together?.title, together?.instructions.length, more]).toEqual(['Collect', 4, []]);
});

it('opens a token account in a transaction of its own where both do not fit one', async () => {
  const requests = await asked(thief);
  expect(requests.map(({ title }) => title)).toEqual(['Open a token account first', 'Collect']);
  expect(requests.every(({ instructions }) => fits(payer, instructions))).toBe(true);
});
