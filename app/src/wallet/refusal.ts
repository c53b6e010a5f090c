// What a wallet says instead of an answer: errors of any shape, and shapes that are no errors.

import { harmless } from '../ui/harmless';

/** The reader said no: EIP-1193's number, which Solana's wallets use too. */
const REJECTED = 4001;
const LONGEST = 300;

type Parts = { code: number | undefined; text: string | undefined };

/** A code and a text in what was thrown, however deep. */
function partsOf(thrown: unknown, depth = 0): Parts {
  if (typeof thrown === 'string') return { code: undefined, text: thrown.trim() || undefined };
  if (typeof thrown !== 'object' || thrown === null || depth > 4) return { code: undefined, text: undefined };
  const { code, message, error, cause, data, reason } = thrown as Record<string, unknown>;
  const inner = [error, cause, data, reason].map((part) => partsOf(part, depth + 1));
  const number =
    typeof code === 'number'
      ? code
      : typeof code === 'string' && /^-?\d+$/.test(code)
        ? Number(code)
        : undefined;
  const text = typeof message === 'string' && message.trim() !== '' ? message.trim() : undefined;
  return {
    code: number ?? inner.find(({ code }) => code !== undefined)?.code,
    text: text ?? inner.find(({ text }) => text !== undefined)?.text,
  };
}

/** Why a wallet did not do what it was asked for, as a sentence. */
export function walletRefusal(thrown: unknown, wallet: string): string {
  const { code, text } = partsOf(thrown);
  const words = text && (text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);
  if (code === REJECTED || (words && /reject|declin|denied|cancel/i.test(words)))
    return `you declined it in ${harmless(wallet)}`;
  if (words) return harmless(words);
  return code === undefined
    ? `${harmless(wallet)} gave no reason`
    : `${harmless(wallet)} gave no reason but the number ${code}`;
}
