import type { HistoryEntry } from '../chain/history';

const quoted = (value: unknown): string => {
  const text = typeof value === 'object' && value !== null ? JSON.stringify(value, (_, v) => (typeof v === 'bigint' ? v.toString() : v)) : String(value ?? '');
  // A spreadsheet takes a text that begins like this for a formula.
  const safe = /^[=+\-@\t\r]/.test(text) && !/^-?\d+$/.test(text) ? `'${text}` : text;
  return /[",\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
};

/** Every event as a row: time, transaction, name, and a column for each field that any event has. */
export function csv(history: readonly HistoryEntry[]): string {
  const rows = history.flatMap(({ time, slot, signature, events }) =>
    events.map(({ event, ...fields }) => ({ time: new Date(Number(time) * 1000).toISOString(), slot, transaction: signature, event, ...fields }) as Record<string, unknown>),
  );
  const columns = [...new Set(['time', 'slot', 'transaction', 'event', ...rows.flatMap(Object.keys)])];
  return [columns, ...rows.map((row) => columns.map((column) => row[column]))].map((cells) => cells.map(quoted).join(',')).join('\r\n');
}
