import { useState } from 'react';
import type { Kinds, Stored } from '../chain/accounts';
import { ensureTokenAccount, settle } from '../chain/instructions';
import { useReview } from '../shell/Review';
import { formatCount } from '../ui/format';
import { inBatches } from './batches';
import type { ProviderLease } from './leases';

/** Collects what is due of many leases: one transaction, and one review, for as many as fit. */
export function useClaim(provider: Stored<Kinds['provider']>) {
  const review = useReview();
  const [progress, setProgress] = useState<string>();
  const { authority } = provider;

  async function start(due: ProviderLease[]) {
    const tokens = new Set(due.map(({ token }) => token));
    const batches = (
      await Promise.all(
        [...tokens].map(async (token) => {
          const leases = due.filter((item) => item.token === token);
          const first = await ensureTokenAccount(authority, authority, token);
          const items = await Promise.all(leases.map(async (item) => ({ item, instruction: await settle(item) })));
          return inBatches(authority, first, items).map((batch) => ({ first, batch }));
        }),
      )
    ).flat();
    for (const [index, { first, batch }] of batches.entries()) {
      if (batches.length > 1) setProgress(`Transaction ${index + 1} of ${batches.length}`);
      const signature = await review({
        title: `Claim from ${formatCount(batch.length, 'lease')}`,
        payer: authority,
        names: Object.fromEntries(batch.map(({ item }) => [item.lease.address, 'Escrow of a lease'])),
        instructions: [first, ...batch.map(({ instruction }) => instruction)],
      });
      if (!signature) break;
    }
    setProgress(undefined);
  }

  return { start, progress, isRunning: progress !== undefined };
}
