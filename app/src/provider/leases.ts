import { useMemo } from 'react';
import { useTokens, type Kinds, type Stored, type Token } from '../chain/accounts';
import { useNow } from '../chain/clock';
import type { LeaseContext } from '../chain/instructions';
import { modelOf } from '../market/search';
import { rules, type LeaseOutlook } from '../rules';
import type { Reading } from '../ui/reading';

/** A lease of a provider, and how it stands now. */
export type ProviderLease = LeaseContext & { outlook: LeaseOutlook; token: Token; model: string };

/** All leases of a provider that are not closed, the newest first; `open` is what was read of them. */
export function useProviderLeases(
  provider: Stored<Kinds['provider']>,
  open: Reading<Stored<Kinds['lease']>[]>,
  offers: Stored<Kinds['offer']>[] | undefined,
): Reading<ProviderLease[]> {
  const { data } = open;
  const tokens = useTokens();
  const now = useNow();
  const leases = useMemo(
    () =>
      data
        ?.flatMap((lease) => {
          const token = tokens.get(lease.terms.mint);
          const offer = offers?.find(({ address }) => address === lease.offer);
          return token ? [{ lease, provider, token, model: modelOf(offer), outlook: rules().leaseOutlook(lease.bytes, now) }] : [];
        })
        .sort((a, b) => Number(b.lease.openedAt - a.lease.openedAt)),
    [data, offers, tokens, provider, now],
  );
  return { ...open, data: leases };
}
