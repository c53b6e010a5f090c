import { NOBODY, type ForProvider, type LeaseContext } from 'gpu-lease';

/**
 * Who signs for the provider what the renter prepares, and where the bond comes from, in words; the likeliest first. The operator lets no
 * lease grow that holds a bond of the wallet's.
 */
export function forProvider({
  lease,
  provider: { authority, operator },
}: LeaseContext): (ForProvider & { name: string })[] {
  const wallet = [
    { name: 'its wallet, bond from the wallet', key: authority, isPooled: false },
    { name: 'its wallet, bond from the bond account', key: authority, isPooled: true },
  ];
  if (lease.bondIsPooled === 1) wallet.reverse();
  const holdsBondOfWallet = lease.ledger.bond > 0n && lease.bondIsPooled === 0;
  return operator === NOBODY || holdsBondOfWallet
    ? wallet
    : [{ name: 'its operator, bond from the bond account', key: operator, isPooled: true }, ...wallet];
}
