import type { Address } from '@solana/kit';
import { expect, it } from 'vitest';
import { numbered } from 'gpu-lease/testing';
import { NOBODY } from 'gpu-lease';
import { actingFor } from './acting';

const [wallet, other, machine] = [1, 2, 3].map(numbered) as [Address, Address, Address];
const provider = (address: number, authority: Address, operator: Address) =>
  ({ address: numbered(address), authority, operator }) as never;
const providers = [
  provider(11, other, wallet),
  provider(12, wallet, machine),
  provider(13, other, NOBODY),
  provider(14, machine, machine),
];
const found = (key: Address) =>
  actingFor(providers, key).map(({ provider, isOperator }) => [provider.address, isOperator]);

it('is for one’s own provider first, then for those that one operates', () => {
  expect(found(wallet)).toEqual([
    [numbered(12), false],
    [numbered(11), true],
  ]);
});

it('is by the wallet where one key is both', () => {
  expect(found(machine)).toEqual([
    [numbered(14), false],
    [numbered(12), true],
  ]);
});
