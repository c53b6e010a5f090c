import { useMemo } from 'react';
import type { Kinds, Stored } from '../chain/accounts';
import { useNow } from '../chain/clock';
import { rules, type LeaseOutlook } from '../rules';

/** How a lease stands this second. For what is in sight alone: the rules take their time, and lists can be long. */
export function useOutlook({ bytes }: Pick<Stored<Kinds['lease']>, 'bytes'>): LeaseOutlook {
  const now = useNow();
  return useMemo(() => rules().leaseOutlook(bytes, now), [bytes, now]);
}
