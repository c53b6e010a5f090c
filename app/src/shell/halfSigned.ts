// Half-signed transactions that rest on a durable nonce, as this browser keeps them until they are used or withdrawn.

import { requestOf, transactionFromText, type Nonce } from 'gpu-lease';
import { keep, keptList } from '../ui/kept';

const KEPT = 'half-signed';

/** One of them: its text, and what it rests on. */
export type HalfSigned = { text: string; nonce: Nonce };

/** What is kept of a text, if it rests on a nonce. */
function read(text: string): HalfSigned[] {
  try {
    const { nonce } = requestOf(transactionFromText(text));
    return nonce ? [{ text, nonce }] : [];
  } catch {
    return [];
  }
}

export const halfSigned = (): HalfSigned[] => keptList(KEPT).flatMap(read);

/** Keeps one, in the place of what rested on the same nonce before. */
export function keepHalfSigned(text: string) {
  const [added] = read(text);
  if (added)
    keep(
      KEPT,
      JSON.stringify([
        ...halfSigned()
          .filter(({ nonce }) => nonce.account !== added.nonce.account)
          .map(({ text }) => text),
        text,
      ]),
    );
}

/** Forgets what rests on a nonce. */
export const forgetHalfSigned = ({ account }: Pick<Nonce, 'account'>) =>
  void keep(
    KEPT,
    JSON.stringify(
      halfSigned()
        .filter(({ nonce }) => nonce.account !== account)
        .map(({ text }) => text),
    ),
  );
