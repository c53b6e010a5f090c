// What a guard says about one lease, in words.

import type { GuardNews, GuardStatus, WatchedLease } from '../chain/guard';

/** News of a lease that is shown. */
const NEWEST = 8;

const MODES = new Map([
  ['act', 'acts by itself'],
  ['ask', 'asks before it spends'],
  ['alert', 'only tells'],
]);

const DOINGS = new Map([
  ['coSigned', 'co-signed'],
  ['withheld', 'not co-signed'],
  ['disputed', 'disputed'],
  ['watching', 'nothing to answer'],
]);

/** How far it goes by itself. */
export const modeWords = (mode: string) => MODES.get(mode) ?? mode;

/** What it did about the newest report. */
export const doingWords = (doing: string) => DOINGS.get(doing) ?? doing;

type Life = { address: string; openedSlot: bigint };

const isOf = (said: { lease: string | null; openedSlot: bigint | null }, life: Life) =>
  said.lease === life.address && said.openedSlot === life.openedSlot;

/** This life of the lease, as the guard watches it. */
export const watchedAs = (guard: GuardStatus, life: Life): WatchedLease | undefined =>
  guard.leases.find((watched) => isOf(watched, life));

/** What it has told of this life of the lease, the latest first. */
export const newsOfLease = (guard: GuardStatus, life: Life): GuardNews[] =>
  guard.news.filter((news) => isOf(news, life)).slice(0, NEWEST);
