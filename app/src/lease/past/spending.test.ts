import { numbered } from 'gpu-lease/testing';
import { expect, it } from 'vitest';
import { DAY } from '../../indexer/periods';
import type { WalletDay } from '../../indexer/shapes';
import { spending, spendingCsv } from './spending';

const [A, B] = [numbered(1), numbered(2)];
const monday = BigInt(Date.UTC(2026, 10, 23) / 1_000);
const day = (
  after: bigint,
  mint: WalletDay['mint'],
  paid_in: bigint,
  paid_back = 0n,
  earned = 0n,
): WalletDay => ({
  day: monday + after * DAY,
  mint,
  paid_in,
  paid_back,
  earned,
  bonds_paid: 3n,
  bonds_returned: 1n,
});
const DAYS = [day(0n, A, 10n), day(1n, A, 5n, 7n), day(8n, A, 0n, 2n, 4n), day(0n, B, 1n)];

it('each currency is added up for itself, and its periods make up the whole', () => {
  for (const period of ['day', 'week', 'month'] as const) {
    const all = spending(DAYS, period, monday, monday + 13n * DAY);
    expect(all.map(({ mint }) => mint)).toEqual([A, B]);
    for (const { periods, all: whole } of all)
      for (const what of ['paidIn', 'paidBack', 'spent', 'earned', 'bonds'] as const)
        expect(periods.reduce((sum, it) => sum + it[what], 0n)).toBe(whole[what]);
  }
  const [inA] = spending(DAYS, 'week', monday, monday + 13n * DAY);
  expect(inA!.all).toMatchObject({ paidIn: 15n, paidBack: 9n, spent: 6n, earned: 4n, bonds: 6n });
  expect(inA!.periods.map(({ spent }) => spent)).toEqual([8n, -2n]);
});

it('as a table every period has its currency beside it', () => {
  const [first] = spending(DAYS, 'week', monday, monday + 13n * DAY);
  const text = spendingCsv([{ ...first!, currency: { decimals: 1, symbol: 'tUSD' } }], {
    zone: 'UTC',
    decimals: 'comma',
  });
  expect(text.split('\r\n')).toEqual([
    'from (UTC);paid in;paid back;spent;earned;bonds put up, net;currency;decimals;mint',
    `2026-11-23;1,5;0,7;0,8;0,0;0,4;tUSD;1;${A}`,
    `2026-11-30;0,0;0,2;-0,2;0,4;0,2;tUSD;1;${A}`,
  ]);
});
