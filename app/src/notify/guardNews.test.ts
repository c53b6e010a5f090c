import { expect, test } from 'vitest';
import type { Role } from 'gpu-lease/rules';
import type { GuardNews, GuardStatus } from '../chain/guard';
import { guardNewsOf } from './guardNews';
import type { Watched } from './news';

const LEASE = 'Lease111111111111111111111111111111111111111';

const told = (over: Partial<GuardNews> = {}): GuardNews => ({
  at: 100n,
  kind: 'disputed',
  lease: LEASE,
  openedSlot: 7n,
  text: 'The claim is disputed.',
  ...over,
});
const newsOf = (news: GuardNews[], roles: Role[] = ['renter'], since = 100n) =>
  guardNewsOf(
    { keys: [], mode: 'act', isStandby: false, leases: [], news } as GuardStatus,
    [{ address: LEASE, roles } as unknown as Watched],
    since,
  );

test('what a guard told is news for who rents or pays, about its own leases and the guard itself', () => {
  expect(newsOf([told()])).toMatchObject([
    { lease: LEASE, title: 'Your guard disputed a claim', body: 'The claim is disputed.' },
  ]);
  expect(
    [['payer'], ['sessionKey'], ['provider'], ['anyone']].map(
      (roles) => newsOf([told()], roles as Role[]).length,
    ),
  ).toEqual([1, 1, 0, 0]);
  expect(newsOf([told({ lease: 'another' })])).toEqual([]);
  expect(newsOf([told({ lease: null, openedSlot: null, kind: 'walletLow' })], ['provider'])).toMatchObject([
    { lease: null, title: 'Your guard’s wallet is nearly empty' },
  ]);
});

test('what was told before the reader asked for news is none', () => {
  expect([99n, 100n].map((at) => newsOf([told({ at })]).length)).toEqual([0, 1]);
});

test('the same news is the same, and other news is not', () => {
  const id = (over: Partial<GuardNews>) => newsOf([told(over)])[0]?.id;
  expect(id({})).toBe(id({}));
  const others: Partial<GuardNews>[] = [
    { at: 101n },
    { kind: 'withheld' },
    { openedSlot: 8n },
    { text: 'Another.' },
  ];
  expect(new Set([{}, ...others].map(id)).size).toBe(5);
});

test('a kind that this page does not know is told all the same', () => {
  expect(newsOf([told({ kind: 'constructor' })])[0]?.title).toBe('Your guard tells');
});
