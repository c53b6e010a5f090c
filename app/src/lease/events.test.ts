import { expect, it } from 'vitest';
import { eventFigures } from './events';

const token = { decimals: 6, symbol: 'tUSD' };

it('shows the money of an event to the base unit', () => {
  expect(eventFigures({ name: 'LeaseSettled', fields: { payout: 99_000_000n, fee: 1_000_001n } }, token)).toBe('99.00 tUSD to the provider, 1.000001 tUSD of fee');
});

it('shows base units where nobody knows the decimals any more', () => {
  expect(eventFigures({ name: 'LeaseToppedUp', fields: { amount: 5n } }, undefined)).toBe('5 base units added');
});
