// Tables as files that spreadsheets read.

/** How the reader's spreadsheet writes numbers: with a decimal comma, cells are told apart by semicolons. */
export type Decimals = 'point' | 'comma';

/** A cell: a text, or a number, which is written as it is. */
export type Cell = string | { number: string } | null;

const quoted = (text: string, separator: string): string => {
  // A spreadsheet takes a text that begins like this for a formula.
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /["\r\n]/.test(safe) || safe.includes(separator) ? `"${safe.replaceAll('"', '""')}"` : safe;
};

/** Rows of cells as a file. */
export function table(rows: readonly (readonly Cell[])[], decimals: Decimals = 'point'): string {
  const separator = decimals === 'comma' ? ';' : ',';
  const written = (cell: Cell) =>
    cell === null
      ? ''
      : typeof cell === 'string'
        ? quoted(cell, separator)
        : decimals === 'comma'
          ? cell.number.replace('.', ',')
          : cell.number;
  return rows.map((cells) => cells.map(written).join(separator)).join('\r\n');
}

/** Base units as a number of whole tokens, with all decimals of the mint and nothing between its digits. */
export function amountCell(value: bigint, decimals: number): Cell {
  const digits = (value < 0n ? -value : value).toString().padStart(decimals + 1, '0');
  const whole = digits.slice(0, digits.length - decimals);
  const number = `${value < 0n ? '-' : ''}${whole}${decimals > 0 ? `.${digits.slice(whole.length)}` : ''}`;
  return { number };
}

export const numberCell = (value: bigint | number): Cell => ({ number: value.toString() });
