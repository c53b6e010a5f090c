import type { ReactNode } from 'react';
import { Callout } from '../ui/Blocks';
import { isLate, latenessWords } from './lateness';

/** That an indexer is behind, if it is so much that the reader has to know, and what that means here. */
export const Lateness = ({ behind, children }: { behind: bigint | undefined; children: ReactNode }) =>
  isLate(behind) && (
    <Callout>
      {latenessWords(behind)} {children}
    </Callout>
  );
