import { getBase64Decoder, type Address } from '@solana/kit';
import { getTokenEncoder, TOKEN_PROGRAM_ADDRESS } from '@solana-program/token';
import { expect, it } from 'vitest';
import { numbered } from 'gpu-lease/testing';
import type { Chain } from './Chain';
import { readCurrency } from './currency';

const [named, other, vault, impostor] = [1, 2, 3, 4].map(numbered) as [Address, Address, Address, Address];

const account = (bytes: Uint8Array, owner: Address = TOKEN_PROGRAM_ADDRESS) => ({
  owner,
  data: [getBase64Decoder().decode(bytes), 'base64'],
});
const mintOf = (decimals: number) => Uint8Array.from({ length: 82 }, (_, i) => (i === 44 ? decimals : 0));
const held = getTokenEncoder().encode({
  mint: other,
  owner: numbered(9),
  amount: 5n,
  delegate: null,
  state: 1,
  isNative: null,
  delegatedAmount: 0n,
  closeAuthority: null,
}) as Uint8Array;

const accounts = new Map([
  [named, account(mintOf(9))],
  [other, account(mintOf(0))],
  [vault, account(held)],
  [impostor, account(mintOf(2), numbered(8))],
]);
const chain = {
  cluster: { tokens: { [named]: 'USDC' } },
  rpc: {
    getAccountInfo: (address: Address) => ({ send: async () => ({ value: accounts.get(address) ?? null }) }),
  },
} as unknown as Chain;

it('has the decimals of its own mint, whatever the mint is called', async () => {
  expect(await readCurrency(chain, { mint: named })).toEqual({ mint: named, decimals: 9, symbol: 'USDC' });
  expect(await readCurrency(chain, { account: vault })).toMatchObject({ mint: other, decimals: 0 });
});

it('is none where the chain has none: nothing is guessed', async () => {
  expect(await readCurrency(chain, { mint: impostor })).toBeNull();
  expect(await readCurrency(chain, { mint: numbered(7) })).toBeNull();
  expect(await readCurrency(chain, { account: named })).toBeNull();
});
