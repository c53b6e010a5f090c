import { getBase64Decoder, type Address } from '@solana/kit';
import { getTokenEncoder, TOKEN_PROGRAM_ADDRESS } from '@solana-program/token';
import { beforeAll, expect, it } from 'vitest';
import { loadRules } from '../rules';
import type { Chain } from './Chain';
import { topUp } from './instructions';
import { leaseContext, numbered } from './testing';
import { simulate } from './transaction';

beforeAll(loadRules);

const encode = (bytes: Uint8Array) => [getBase64Decoder().decode(bytes), 'base64'];
const tokens = (mint: Address, owner: Address, amount: bigint) => ({
  owner: TOKEN_PROGRAM_ADDRESS,
  lamports: 1n,
  data: encode(
    getTokenEncoder().encode({ mint, owner, amount, delegate: null, state: 1, isNative: null, delegatedAmount: 0n, closeAuthority: null }) as Uint8Array,
  ),
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
    getMultipleAccounts: (addresses: Address[]) => answer(addresses.map((address) => (address === mint ? account(9) : tokens(mint, funder, 5n)))),
    simulateTransaction: (_: unknown, { accounts }: { accounts: { addresses: Address[] } }) =>
      answer({ err: null, unitsConsumed: 1n, accounts: accounts.addresses.map((_, i) => tokens(mint, funder, i === 0 ? 3n : 5n)) }),
  };
  const instructions = [await topUp(leaseContext({ mint }), funder, 2n)];
  const { changes } = await simulate({ rpc } as unknown as Chain, { title: 'Top up', payer: funder, instructions });
  expect(changes).toEqual([{ owner: funder, mint, change: -2n, decimals: 9 }]);
});
