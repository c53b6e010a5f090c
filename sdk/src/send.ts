// From a request to its outcome, with keys that are at hand. Where a wallet signs, the steps are taken one by one.

import {
  getTransactionDecoder,
  getTransactionEncoder,
  partiallySignTransaction,
  type Signature,
} from '@solana/kit';
import { follow, sentOf, type Outcome } from './follow';
import type { Node } from './node';
import type { Explanation } from './rules';
import { prepare, signersOf, simulate, type TransactionRequest } from './transaction';

/** That a transaction did not do what it says. */
export class NotDone extends Error {
  constructor(
    message: string,
    /** Why it was refused, if that is known. */
    readonly refusal?: Explanation,
    /** What was sent, if anything was. */
    readonly signature?: Signature,
  ) {
    super(message);
  }
}

const sentence = ({ what, advice }: Explanation) => `${what}; ${advice}`;

const WHY: Record<Exclude<Outcome['state'], 'confirmed' | 'refused'>, string> = {
  expired: 'It is in no block and can no longer be in one. Nothing has happened; make it again.',
  forgotten:
    'It can no longer be included in a block, and the node keeps no history to tell whether it was. Look it up before you send it again.',
};

/**
 * Simulates a request, signs it with `keys`, and sends it until it is confirmed. Throws `NotDone` where the cluster refuses
 * it, before it costs anything if the simulation shows it, or where it did not land.
 */
export async function send(
  node: Node,
  request: TransactionRequest,
  keys: readonly CryptoKeyPair[],
): Promise<Signature> {
  const preview = await simulate(node, request);
  if (preview.refusal) throw new NotDone(sentence(preview.refusal), preview.refusal);
  const prepared = await prepare(node, request, preview);
  const signed = await partiallySignTransaction([...keys], getTransactionDecoder().decode(prepared.bytes));
  const bytes = Uint8Array.from(getTransactionEncoder().encode(signed));
  const missing = signersOf(bytes).flatMap(({ address, signed }) => (signed ? [] : address));
  if (missing.length > 0) throw new NotDone(`Nothing was sent: ${missing.join(' and ')} must sign it too.`);
  const sent = sentOf({ ...prepared, bytes });
  const outcome = await follow(node, sent);
  switch (outcome.state) {
    case 'confirmed':
      return sent.signature;
    case 'refused':
      throw new NotDone(sentence(outcome.refusal), outcome.refusal, sent.signature);
    default:
      throw new NotDone(WHY[outcome.state], undefined, sent.signature);
  }
}
