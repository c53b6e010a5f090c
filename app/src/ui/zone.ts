// Moments in a time zone that the reader chose, to the second and with the zone's offset then.

import { dateOf } from './format';

/** The zone of the reader's device. */
export const ownZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';

/** All zones that the browser knows: UTC and the reader's own come first. */
export const zones = (): string[] => [...new Set(['UTC', ownZone(), ...Intl.supportedValuesOf('timeZone')])];

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known) return known;
  const made = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'longOffset',
  });
  formats.set(zone, made);
  return made;
}

/** `2026-11-30 12:00:00`, and `UTC+01:00`. A moment that no calendar has is its number of seconds. */
export function timeIn(at: bigint, zone: string): { time: string; offset: string } {
  const date = dateOf(at);
  if (!date) return { time: at.toString(), offset: 'UTC+00:00' };
  const parts = new Map(
    formatOf(zone)
      .formatToParts(date)
      .map(({ type, value }) => [type, value]),
  );
  const offset = (parts.get('timeZoneName') ?? '').replace(/^GMT$/, 'GMT+00:00').replace('GMT', 'UTC');
  return {
    time: `${parts.get('year')?.padStart(4, '0')}-${parts.get('month')}-${parts.get('day')} ${parts.get('hour')}:${parts.get('minute')}:${parts.get('second')}`,
    offset,
  };
}
