export { reviewInTurn } from './inTurn';
import { ReviewDialog } from './Review';
import type { Reviewed } from './useReview';
import { SentProvider } from './Sent';

/** What is signed, and what was sent, in this visit or an earlier one. */
export const Signing = ({ reviewed, onClose }: { reviewed: Reviewed | undefined; onClose: () => void }) => (
  <SentProvider>
    {reviewed && <ReviewDialog key={reviewed.id} {...reviewed} onClose={onClose} />}
  </SentProvider>
);
