import type { LeaseEvent } from './events';
import { dateOf } from '../ui/format';

const quoted = (value: unknown): string => {
  const text =
    typeof value === 'object' && value !== null
      ? JSON.stringify(value, (_, v) => (typeof v === 'bigint' ? v.toString() : v))
      : String(value ?? '');
  // A spreadsheet takes a text that begins like this for a formula.
  const safe = /^[=+\-@\t\r]/.test(text) && !/^-?\d+$/.test(text) ? `'${text}` : text;
  return /[",\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
};

/** Every event as a row: time, transaction, name, and a column for each field that any event has. */
export function csv(events: readonly LeaseEvent[]): string {
  const rows = events.map(({ time, slot, signature, name, fields }): Record<string, unknown> => ({
    time: dateOf(time)?.toISOString() ?? time,
    slot,
    transaction: signature,
    event: name,
    ...fields,
  }));
  const columns = [...new Set(['time', 'slot', 'transaction', 'event', ...rows.flatMap(Object.keys)])];
  return [columns, ...rows.map((row) => columns.map((column) => row[column]))]
    .map((cells) => cells.map(quoted).join(','))
    .join('\r\n');
}
