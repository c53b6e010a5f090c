import { address, getAddressDecoder, type Address } from '@solana/kit';
import { expect, it } from 'vitest';
import { closeLease, expireLease, settle, type LeaseContext } from '../chain/instructions';
import { mintsOfLeases } from './mintsOfLeases';

const numbered = (n: number): Address => getAddressDecoder().decode(new Uint8Array(32).fill(n));
const [provider, other, first, second, tUSD, EURC] = [1, 2, 3, 4, 5, 6].map(numbered) as [Address, Address, Address, Address, Address, Address];

const context = (lease: Address, of: Address, mint: Address) =>
  ({
    lease: { address: lease, renter: numbered(7), payer: numbered(7), provider: of, offer: numbered(8), vault: numbered(9) },
    provider: { address: of, authority: numbered(10) },
    token: { mint, tokenProgram: address('TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA') },
  }) as unknown as LeaseContext;

it('knows the mints from what paid the provider, and from nothing else', async () => {
  const [open, closed, theirs] = [context(first, provider, tUSD), context(second, provider, EURC), context(numbered(11), other, tUSD)];
  const history = [
    { instructions: [await settle(open), await settle(theirs), expireLease(context(numbered(12), provider, tUSD))] },
    { instructions: await closeLease(closed, numbered(13)) },
  ];
  expect([...mintsOfLeases(history, provider)]).toEqual([
    [first, tUSD],
    [second, EURC],
  ]);
});
