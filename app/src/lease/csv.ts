import type { LeaseEvent } from './events';
import { table, type Cell } from '../ui/csv';
import { dateOf } from '../ui/format';

const cellOf = (value: unknown): Cell => {
  if (typeof value === 'object' && value !== null)
    return JSON.stringify(value, (_, v) => (typeof v === 'bigint' ? v.toString() : v));
  const text = String(value ?? '');
  return /^-?\d+$/.test(text) ? { number: text } : text;
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
  return table([columns, ...rows.map((row) => columns.map((column) => cellOf(row[column])))]);
}
