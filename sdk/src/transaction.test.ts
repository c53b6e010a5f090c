import { getBase64Decoder, type Address } from '@solana/kit';
import { getSetComputeUnitLimitInstruction } from '@solana-program/compute-budget';
import { getTokenEncoder, TOKEN_PROGRAM_ADDRESS } from '@solana-program/token';
import { beforeAll, expect, it } from 'vitest';
import { loadRules } from './rules';
import type { Node } from './node';
import { topUp } from './instruction';
import { leaseContext, numbered } from './testing';
import { mostPriority, simulate } from './transaction';

beforeAll(loadRules);

const encode = (bytes: Uint8Array) => [getBase64Decoder().decode(bytes), 'base64'];
const tokens = (mint: Address, owner: Address, amount: bigint) => ({
  owner: TOKEN_PROGRAM_ADDRESS,
  lamports: 1n,
  data: encode(
    getTokenEncoder().encode({
      mint,
      owner,
      amount,
      delegate: null,
      state: 1,
      isNative: null,
      delegatedAmount: 0n,
      closeAuthority: null,
    }) as Uint8Array,
  ),
});

/** A node on which a transaction changes accounts, by their addresses, from one state to another. */
const chainOf = (states: Map<Address, [before: unknown, after: unknown]>, decimals: number) => {
  const answer = (value: unknown) => ({ send: async () => ({ value }) });
  const mint = {
    owner: TOKEN_PROGRAM_ADDRESS,
    lamports: 1n,
    data: encode(Uint8Array.from({ length: 82 }, (_, i) => (i === 44 ? decimals : 0))),
  };
  const rpc = {
    getLatestBlockhash: () => answer({ blockhash: numbered(9), lastValidBlockHeight: 1n }),
    getMultipleAccounts: (addresses: Address[]) =>
      answer(addresses.map((address) => (states.has(address) ? states.get(address)![0] : mint))),
    simulateTransaction: (_: unknown, { accounts }: { accounts: { addresses: Address[] } }) =>
      answer({
        err: null,
        unitsConsumed: 10_000n,
        accounts: accounts.addresses.map((address) => states.get(address)?.[1] ?? null),
      }),
  };
  return { rpc } as unknown as Node;
};
const wallet = (lamports: bigint) => ({
  owner: '11111111111111111111111111111111',
  lamports,
  data: ['', 'base64'],
});

it.each([
  ['a node that shows nothing of it', null],
  ['a node that shows an empty account', wallet(0n)],
])('tells the tokens of a closed vault as tokens, and its rent as rent: %s', async (_, closed) => {
  const [anyone, vault, mint, escrow] = [1, 2, 3, 4].map(numbered) as [Address, Address, Address, Address];
  const states = new Map<Address, [unknown, unknown]>([
    [anyone, [wallet(1_000_000n), wallet(3_034_280n)]],
    [vault, [{ ...tokens(mint, escrow, 6_880_000n), lamports: 2_039_280n }, closed]],
  ]);
  const instructions = [{ programAddress: numbered(5), accounts: [{ address: vault, role: 1 }] }];
  const preview = await simulate(chainOf(states, 6), { payer: anyone, instructions });
  expect(preview.changes).toEqual([
    { owner: anyone, mint: undefined, change: 2_034_280n, decimals: 9 },
    { owner: escrow, mint, change: -6_880_000n, decimals: 6 },
  ]);
  expect([preview.rent, preview.fee]).toEqual([-2_039_280n, 5_000n]);
});

it('says what may come on top of the fee, unless the transaction offers it already', () => {
  const request = { payer: numbered(1), instructions: [] };
  // 12,000 compute units, each at a lamport at most.
  expect(mostPriority(request, 10_000n)).toBe(12_000n);
  expect(
    mostPriority({ ...request, instructions: [getSetComputeUnitLimitInstruction({ units: 1 })] }, 10_000n),
  ).toBe(0n);
});

it('shows every amount with the decimals of its own mint, registered or not', async () => {
  const [funder, mint] = [numbered(1), numbered(2)];
  const account = (decimals: number) => {
    const bytes = new Uint8Array(82);
    bytes[44] = decimals;
    return { owner: TOKEN_PROGRAM_ADDRESS, lamports: 1n, data: encode(bytes) };
  };
  const answer = (value: unknown) => ({ send: async () => ({ value }) });
  const rpc = {
    getLatestBlockhash: () => answer({ blockhash: numbered(9), lastValidBlockHeight: 1n }),
    getMultipleAccounts: (addresses: Address[]) =>
      answer(addresses.map((address) => (address === mint ? account(9) : tokens(mint, funder, 5n)))),
    simulateTransaction: (_: unknown, { accounts }: { accounts: { addresses: Address[] } }) =>
      answer({
        err: null,
        unitsConsumed: 1n,
        accounts: accounts.addresses.map((_, i) => tokens(mint, funder, i === 0 ? 3n : 5n)),
      }),
  };
  const instructions = [await topUp(leaseContext({ mint }), funder, 2n)];
  const { changes } = await simulate({ rpc } as unknown as Node, { payer: funder, instructions });
  expect(changes).toEqual([{ owner: funder, mint, change: -2n, decimals: 9 }]);
});
