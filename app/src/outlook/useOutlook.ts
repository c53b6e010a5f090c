import { useMemo } from 'react';
import type { Keyed, Kinds } from 'gpu-lease';
import { program, type LeaseOutlook } from 'gpu-lease/rules';
import { useNow } from '../chain/clock';

/** How a lease stands this second. For what is in sight alone: the rules take their time, and lists can be long. */
export function useOutlook({ bytes }: Pick<Keyed<Kinds['lease']>, 'bytes'>): LeaseOutlook {
  const now = useNow();
  return useMemo(() => program().leaseOutlook(bytes, now), [bytes, now]);
}
