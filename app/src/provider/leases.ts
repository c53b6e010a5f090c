import { useMemo } from 'react';
import type { Keyed, Kinds, LeaseContext } from 'gpu-lease';
import type { LeaseOutlook } from 'gpu-lease/rules';
import { useTokens, type Token } from '../chain/accounts';
import { modelOf } from '../listing/row';
import type { Reading } from '../ui/reading';

/** A lease of a provider. */
export type ProviderLease = LeaseContext & { token: Token; model: string };

/** The same, and how it stands now. */
export type ProviderLeaseNow = ProviderLease & { outlook: LeaseOutlook };

/** All leases of a provider that are not closed, the newest first; `open` is what was read of them. */
export function useProviderLeases(
  provider: Keyed<Kinds['provider']>,
  open: Reading<Keyed<Kinds['lease']>[]>,
  offers: Keyed<Kinds['offer']>[] | undefined,
): Reading<ProviderLease[]> {
  const { data } = open;
  const tokens = useTokens();
  const leases = useMemo(() => {
    const models = new Map(offers?.map((offer) => [offer.address, modelOf(offer)]));
    return data
      ?.flatMap((lease) => {
        const token = tokens.get(lease.terms.mint);
        return token
          ? [{ lease, provider, token, model: models.get(lease.offer) ?? modelOf(undefined) }]
          : [];
      })
      .sort((a, b) => Number(b.lease.openedAt - a.lease.openedAt));
  }, [data, offers, tokens, provider]);
  return { ...open, data: leases };
}
