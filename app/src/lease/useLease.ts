import type { Address } from '@solana/kit';
import { useMemo } from 'react';
import type { LeaseContext } from 'gpu-lease';
import { program, type LeaseOutlook, type Role } from 'gpu-lease/rules';
import { useAccount, useTokens, type Token } from '../chain/accounts';
import { useNow } from '../chain/clock';
import { together, type Reading } from '../ui/reading';
import { useWallets } from '../wallet/Wallets';

/** A lease with what is around it, and how it stands this second. */
export type LeaseNow = LeaseContext & {
  token: Token;
  outlook: LeaseOutlook;
  now: bigint;
  /** In which roles the reader's account acts on it. */
  roles: readonly Role[];
};

const WITHOUT_ACCOUNT: readonly Role[] = ['anyone'];

/** `null` where there is no such lease. */
export function useLease(address: Address): Reading<LeaseNow | null> {
  const lease = useAccount('lease', address);
  const provider = useAccount('provider', lease.data?.provider);
  const tokens = useTokens();
  const now = useNow();
  const { account } = useWallets();
  const context = useMemo(() => {
    if (lease.data === null) return null;
    const token = lease.data && tokens.get(lease.data.terms.mint);
    if (!lease.data || !provider.data || !token) return undefined;
    return {
      lease: lease.data,
      provider: provider.data,
      token,
      now,
      outlook: program().leaseOutlook(lease.data.bytes, now),
      roles: account
        ? program().roles(lease.data.bytes, provider.data.bytes, account.address)
        : WITHOUT_ACCOUNT,
    };
  }, [lease.data, provider.data, tokens, now, account]);
  return { ...together(lease.data === null ? { lease } : { lease, provider }), data: context };
}
