// Numbers that are neither money nor counts of 64 bits: GPUs, hours, GiB.

type Range = { isWhole?: boolean; least?: number; most?: number };

/** Reads a number as the page writes them, with a point; a sentence if it is none. */
export function parseNumber(text: string, { isWhole = false, least = 0, most = Infinity }: Range = {}): number | string {
  const value = /^(\d+\.?\d*|\.\d+)$/.test(text.trim()) ? Number(text) : NaN;
  if (isWhole ? !Number.isSafeInteger(value) : !Number.isFinite(value)) return isWhole ? 'Enter a whole number.' : 'Enter a number, for instance 0.5.';
  return value < least ? `At least ${least}.` : value > most ? `At most ${most}.` : value;
}
