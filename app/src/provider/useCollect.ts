import type { Address } from '@solana/kit';
import { useState } from 'react';
import { ensureTokenAccount, settle } from 'gpu-lease';
import { useReview } from '../shell/useReview';
import { formatCount } from '../ui/format';
import { inBatches } from '../shell/batches';
import type { ProviderLease } from './leases';

/** Collects what is due of many leases of a provider: one transaction, and one review, for as many as fit. Anyone may pay for it. */
export function useCollect(payer: Address) {
  const review = useReview();
  const [progress, setProgress] = useState<string>();

  async function start(due: ProviderLease[]) {
    const tokens = new Set(due.map(({ token }) => token));
    const batches = (
      await Promise.all(
        [...tokens].map(async (token) => {
          const leases = due.filter((item) => item.token === token);
          const first = await ensureTokenAccount(payer, leases[0]!.provider.authority, token);
          const items = await Promise.all(
            leases.map(async (item) => ({ item, instruction: await settle(item) })),
          );
          return inBatches(payer, first, items).map((batch) => ({ first, batch }));
        }),
      )
    ).flat();
    for (const [index, { first, batch }] of batches.entries()) {
      if (batches.length > 1) setProgress(`Transaction ${index + 1} of ${batches.length}`);
      const signature = await review({
        title: `Collect from ${formatCount(batch.length, 'lease')}`,
        payer,
        names: Object.fromEntries(batch.map(({ item }) => [item.lease.address, 'Escrow of a lease'])),
        instructions: [first, ...batch.map(({ instruction }) => instruction)],
      });
      if (!signature) break;
    }
    setProgress(undefined);
  }

  return { start, progress, isRunning: progress !== undefined };
}
