// How amounts, usage and times look to people. All of it is exact: nothing goes through a float but what is
// only a share or a trend.

import { HOW_TO_WRITE, readDigits } from './number';

/** The sign of a change, with a real minus. */
const signOf = (value: bigint, signed: boolean) => (value < 0n ? '−' : signed && value > 0n ? '+' : '');

const grouped = (digits: string) => digits.replace(/\B(?=(\d{3})+(?!\d))/g, ',');

/** A whole number, cut off: whatever is on chain or typed can be shown. */
const whole = (value: number | bigint): bigint =>
  typeof value === 'bigint' ? value : Number.isFinite(value) ? BigInt(Math.trunc(value)) : 0n;

/**
 * Base units as a decimal number of tokens. At most `places` decimals are shown, cut off and not rounded, so that
 * never more is shown than there is; without `places` all that are not zero, at least two.
 */
export function formatAmount(
  value: bigint,
  decimals: number,
  { signed = false, places }: { signed?: boolean; places?: number } = {},
): string {
  const magnitude = value < 0n ? -value : value;
  const digits = magnitude.toString().padStart(decimals + 1, '0');
  const whole = digits.slice(0, digits.length - decimals);
  const fraction = digits.slice(digits.length - decimals);
  const wanted = places ?? Math.max(fraction.replace(/0+$/, '').length, Math.min(2, decimals));
  const shown = fraction.slice(0, wanted);
  return `${signOf(value, signed)}${grouped(whole)}${shown && `.${shown}`}`;
}

/** The same as a form is filled with it: in one piece, so that it reads back whatever the decimals. */
export const writeAmount = (value: bigint, decimals: number): string =>
  formatAmount(value, decimals).replaceAll(',', '');

/** Reads a decimal number of tokens as base units; a sentence if it is none, or could be another. */
export function parseAmount(text: string, decimals: number): bigint | string {
  const digits = readDigits(text);
  if (typeof digits === 'string') return digits;
  if (digits.fraction.length > decimals)
    return decimals === 0
      ? 'This mint has no decimals; enter a whole number.'
      : `This mint has ${formatCount(decimals, 'decimal')}; enter no more than that.`;
  const value = BigInt(digits.whole + digits.fraction.padEnd(decimals, '0'));
  return value < 1n << 64n ? value : 'This is more than any account can hold.';
}

/** What an amount is counted in. */
export type Currency = { decimals: number; symbol: string };

/** Money with its currency, every decimal that is not zero. */
export const formatMoney = (value: bigint, { decimals, symbol }: Currency): string =>
  `${formatAmount(value, decimals)} ${symbol}`;

/** Reads a whole number that 64 bits hold; a sentence if it is none. */
export function parseCount(text: string): bigint | string {
  const value = parseAmount(text, 0);
  return typeof value === 'bigint' || value === HOW_TO_WRITE ? value : 'Enter a whole number.';
}

/** A whole number, grouped by thousands. */
export const formatNumber = (count: number | bigint): string => grouped(whole(count).toString());

/** A number of things, and the word for them. */
export function formatCount(count: number | bigint, one: string, many = `${one}s`): string {
  return `${formatNumber(count)} ${whole(count) === 1n ? one : many}`;
}

/** GPU-seconds as GPU-hours with two decimals, cut off. */
export function formatGpuHours(units: bigint): string {
  return formatAmount((units * 100n) / 3_600n, 2, { places: 2 });
}

/** Basis points as a percentage. */
export function formatBps(bps: number | bigint): string {
  return `${formatAmount(whole(bps), 2).replace(/\.?0+$/, '')}%`;
}

/** Reads a percentage as basis points; a sentence if it is none. */
export function parseBps(text: string): number | string {
  const value = parseAmount(text.replace(/%\s*$/, ''), 2);
  return typeof value === 'bigint'
    ? Number(value)
    : value === HOW_TO_WRITE
      ? value
      : 'Enter a percentage with at most two decimals.';
}

const UNITS: [bigint, string][] = [
  [86_400n, 'd'],
  [3_600n, 'h'],
  [60n, 'min'],
  [1n, 's'],
];

/** Seconds as the two largest units that are not zero: `2 d 4 h`. */
export function formatDuration(seconds: number | bigint): string {
  let rest = whole(seconds);
  if (rest < 0n) rest = -rest;
  const start = UNITS.findIndex(([size]) => rest >= size);
  if (start < 0) return '0 s';
  const parts: string[] = [];
  for (const [size, name] of UNITS.slice(start, start + 2)) {
    if (rest >= size) parts.push(`${rest / size} ${name}`);
    rest %= size;
  }
  return parts.join(' ');
}

/** A moment relative to `now`: `in 2 h`, `3 min ago`. */
export function formatRelative(at: bigint, now: bigint): string {
  if (at === now) return 'now';
  return at > now ? `in ${formatDuration(at - now)}` : `${formatDuration(now - at)} ago`;
}

/** The last second of the year 9999, unix seconds: later moments, and those as long before 1970, are in no calendar of ours. */
const LAST = 253_402_300_799n;

/** A moment in unix seconds as JavaScript has it; `undefined` for one that no calendar has, which may be on chain too. */
export const dateOf = (at: bigint): Date | undefined =>
  at <= LAST && at >= -LAST ? new Date(Number(at) * 1000) : undefined;

const beyond = (at: bigint) => (at > 0n ? 'after the year 9999' : 'before all calendars');

// The page writes dates as it writes numbers, the same for every reader: 28 Nov 2026, 23:05.
const LOCAL = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short' });

const DAY = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });
const HOUR = new Intl.DateTimeFormat('en-GB', { timeStyle: 'short' });

const written =
  (format: Intl.DateTimeFormat) =>
  (at: bigint): string => {
    const date = dateOf(at);
    return date ? format.format(date) : beyond(at);
  };

/** A moment's day alone, and its hour and minute alone. */
export const formatDay = written(DAY);
export const formatHour = written(HOUR);

/** A moment in the reader's own time zone. */
export const formatTime = written(LOCAL);

/** A moment in UTC, to the second. */
export function formatUtc(at: bigint): string {
  const date = dateOf(at);
  return date ? `${date.toISOString().replace('T', ' ').slice(0, 19)} UTC` : beyond(at);
}

/** An address shortened: its ends tell it from others. */
export const shortAddress = (address: string) => `${address.slice(0, 4)}…${address.slice(-4)}`;

/** Watt-hours in the unit that reads best. */
export function formatEnergy(wattHours: bigint): string {
  return wattHours < 10_000n
    ? `${grouped(wattHours.toString())} Wh`
    : `${formatAmount(wattHours / 10n, 2, { places: 2 })} kWh`;
}

/** A part of a whole as a share of one, cut off to four decimals. */
export const shareOf = (part: bigint, whole: bigint): number =>
  whole > 0n ? Number((part * 10_000n) / whole) / 10_000 : 0;

/** A share of one as a percentage with one decimal. */
export const formatShare = (share: number) => `${(share * 100).toFixed(1)}%`;
