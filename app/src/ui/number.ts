// The page's one convention for numbers, typed as they are shown: a point before the decimals, thousands in groups of
// three or in one piece. What could be read in two ways is refused: `12,50` is 12.5 to one reader and 1,250 to another.

const PLAIN = /^(?:\d+\.?\d*|\.\d+)$/;
/** Groups that have one meaning only: by spaces, by commas with a point after them, by more commas than one. */
const GROUPED = [
  /^\d{1,3}(?:[ \u00a0\u2009\u202f_]\d{3})+(?:\.\d*)?$/,
  /^\d{1,3}(?:,\d{3})+\.\d+$/,
  /^\d{1,3}(?:,\d{3}){2,}$/,
];
const SEPARATORS = /[, \u00a0\u2009\u202f_]/g;
/** Somebody's way to write a number, which is not the page's. */
const FOREIGN = /^[\d.,'’·٫٬\s_]*\d[\d.,'’·٫٬\s_]*$/;

export const HOW_TO_WRITE = 'Write decimals with a point and thousands without a separator: 12.50, 1000.';

/** The digits of a number before and after its point; a sentence if there is no number, or no telling which. */
export function readDigits(text: string): { whole: string; fraction: string } | string {
  const written = text.trim();
  if (!PLAIN.test(written) && !GROUPED.some((form) => form.test(written)))
    return FOREIGN.test(written) ? HOW_TO_WRITE : 'Enter a number, for instance 12.50.';
  const [whole = '', fraction = ''] = written.replace(SEPARATORS, '').split('.');
  return { whole, fraction };
}

type Range = { isWhole?: boolean; least?: number; most?: number };

/** Reads a number that is neither money nor a count of 64 bits: GPUs, hours, GiB. A sentence if it is none. */
export function parseNumber(
  text: string,
  { isWhole = false, least = 0, most = Infinity }: Range = {},
): number | string {
  const digits = readDigits(text);
  if (digits === HOW_TO_WRITE) return HOW_TO_WRITE;
  const value = typeof digits === 'string' ? NaN : Number(`${digits.whole}.${digits.fraction}`);
  if (isWhole ? !Number.isSafeInteger(value) : !Number.isFinite(value))
    return isWhole ? 'Enter a whole number.' : 'Enter a number, for instance 0.5.';
  return value < least ? `At least ${least}.` : value > most ? `At most ${most}.` : value;
}
