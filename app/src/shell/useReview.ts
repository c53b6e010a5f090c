import type { Address, Signature } from '@solana/kit';
import { createContext, use, type ReactNode } from 'react';
import type { Prepared, TransactionRequest } from 'gpu-lease';

export type ReviewRequest = TransactionRequest & {
  /** What it does, as a heading: `Open a lease`. */
  title: string;
  /** What the reader should know before signing, above the changes. */
  summary?: ReactNode;
  /** Words for addresses that the changes name: the escrow of a lease, the other party. */
  names?: Record<Address, string>;
  /** It stays good for the party that signs after the reader until it is used or withdrawn. */
  lasts?: boolean;
  /** Already signed by others; then it is signed and sent as it is. */
  prepared?: Prepared;
};

/** Asks the reader to review and sign; the signature once the transaction is confirmed, else `undefined`. */
export type Review = (request: ReviewRequest) => Promise<Signature | undefined>;

/** What is reviewed now, and whom its end is told. */
export type Reviewed = {
  id: string;
  request: ReviewRequest;
  settle: (signature: Signature | undefined) => void;
};

export const ReviewContext = createContext<Review | null>(null);

/** How a view asks the reader to review and sign. */
export function useReview(): Review {
  const review = use(ReviewContext);
  if (!review) throw new Error('no ReviewProvider');
  return review;
}
