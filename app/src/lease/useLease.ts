import type { Address } from '@solana/kit';
import { useMemo } from 'react';
import { useAccount, useTokens, type Kinds, type Stored, type Token } from '../chain/accounts';
import { useNow } from '../chain/clock';
import { rules, type LeaseOutlook } from '../rules';
import { useWallets } from '../wallet/Wallets';

/** A lease with everything around it, and how it stands this second. */
export type LiveLease = {
  lease: Stored<Kinds['lease']>;
  provider: Stored<Kinds['provider']>;
  token: Token;
  outlook: LeaseOutlook;
  now: bigint;
  /** What the reader's account is in it; more than one where parties share a wallet. */
  roles: ReadonlySet<'renter' | 'payer' | 'provider' | 'arbiter'>;
};

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
    const parties = [
      ['renter', lease.data.renter],
      ['payer', lease.data.payer],
      ['provider', provider.data.authority],
      ['arbiter', lease.data.arbiter],
    ] as const;
    return {
      lease: lease.data,
      provider: provider.data,
      token,
      now,
      outlook: rules().leaseOutlook(lease.data.bytes, now),
      roles: new Set(parties.filter(([, party]) => party === account?.address).map(([role]) => role)),
    };
  }, [lease.data, provider.data, tokens, now, account]);
}
