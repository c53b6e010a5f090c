// Days as charts and tables write them.

import { dateOf } from './format';

const DATE = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeZone: 'UTC' });

/** The day of UTC that a moment is in, as unix seconds that may be between two whole ones. */
export function formatUtcDay(at: number): string {
  const date = dateOf(BigInt(Math.round(at)));
  return date ? DATE.format(date) : '–';
}

/** The same as tables have it: 2026-11-30. */
export const writeUtcDay = (at: bigint): string => dateOf(at)?.toISOString().slice(0, 10) ?? at.toString();
