import { useMemo } from 'react';
import { useAccounts, useTokens, type Kinds, type Stored, type Token } from '../chain/accounts';
import { useNow } from '../chain/clock';
import type { LeaseContext } from '../chain/instructions';
import { rules, type LeaseOutlook } from '../rules';

/** A lease of a provider, and how it stands now. */
export type ProviderLease = LeaseContext & { outlook: LeaseOutlook; token: Token };

/** Whether the program's rules allow something now; `command` is the command line's name for it. */
export const can = ({ outlook }: ProviderLease, command: string) => outlook.steps.some((step) => step.command === command);

/** All leases of a provider that are not closed, the newest first. */
export function useProviderLeases(provider: Stored<Kinds['provider']>): { leases: ProviderLease[]; isPending: boolean } {
  const { data, isPending } = useAccounts('lease', { 'lease.provider': provider.address });
  const tokens = useTokens();
  const now = useNow();
  const leases = useMemo(
    () =>
      (data ?? [])
        .flatMap((lease) => {
          const token = tokens.get(lease.terms.mint);
          return token ? [{ lease, provider, token, outlook: rules().leaseOutlook(lease.bytes, now) }] : [];
        })
        .sort((a, b) => Number(b.lease.openedAt - a.lease.openedAt)),
    [data, tokens, provider, now],
  );
  return { leases, isPending };
}
