import type { Address } from '@solana/kit';
import { useMemo } from 'react';
import { useAccount, useTokens, type Kinds, type Stored, type Token } from '../chain/accounts';
import { useNow } from '../chain/clock';
import { rules, type LeaseOutlook, type Roles } from '../rules';
import { useWallets } from '../wallet/Wallets';

/** A lease with everything around it, and how it stands this second. */
export type LiveLease = {
  lease: Stored<Kinds['lease']>;
  provider: Stored<Kinds['provider']>;
  token: Token;
  outlook: LeaseOutlook;
  now: bigint;
  /** What the reader's account is in it. */
  roles: Roles;
};

const NOBODY_IN_IT: Roles = { renter: false, payer: false, guard: false, provider: false, operator: false, arbiter: false };

/** `null` where there is no such lease, `undefined` while it is read. */
export function useLease(address: Address): LiveLease | null | undefined {
  const lease = useAccount('lease', address);
  const provider = useAccount('provider', lease.data?.provider);
  const tokens = useTokens();
  const now = useNow();
  const { account } = useWallets();
  return useMemo(() => {
    if (lease.data === null) return null;
    const token = lease.data && tokens.get(lease.data.terms.mint);
    if (!lease.data || !provider.data || !token) return undefined;
    return {
      lease: lease.data,
      provider: provider.data,
      token,
      now,
      outlook: rules().leaseOutlook(lease.data.bytes, now),
      roles: account ? rules().roles(lease.data.bytes, provider.data.bytes, account.address) : NOBODY_IN_IT,
    };
  }, [lease.data, provider.data, tokens, now, account]);
}
