import { useEffect, useState } from 'react';
import type { Keyed, Kinds } from 'gpu-lease';
import { program, type MoneyOutlook } from 'gpu-lease/rules';
import { useNow } from '../chain/clock';
import { inStretches } from '../chain/stretches';
import type { ProviderLease } from './leases';
import { sumsByToken, type Sums } from './sums';

/** A lease's money, and until when it stays so: an open claim becomes due when it matures, whoever looks. */
type Known = { money: MoneyOutlook; until: bigint | null };

/** By the account as it was read; what has changed on chain is another object. */
const known = new WeakMap<Keyed<Kinds['lease']>, Known>();

function moneyOf(lease: Keyed<Kinds['lease']>, now: bigint): MoneyOutlook {
  const before = known.get(lease);
  if (before && (before.until === null || now < before.until)) return before.money;
  const { money, claimMaturesAt } = program().leaseOutlook(lease.bytes, now);
  known.set(lease, { money, until: claimMaturesAt !== null && claimMaturesAt > now ? claimMaturesAt : null });
  return money;
}

type Added = { sums: Sums[]; due: ProviderLease[] };

/** What leases come to in all, and those of which something is due; `undefined` until they have been added up for the first time. */
export function useSums(leases: ProviderLease[]): Added | undefined {
  const now = useNow();
  const [added, setAdded] = useState<Added>();
  useEffect(() => {
    const abort = new AbortController();
    const counted: { token: ProviderLease['token']; money: MoneyOutlook }[] = [];
    const due: ProviderLease[] = [];
    const add = (item: ProviderLease) => {
      let money: MoneyOutlook;
      try {
        money = moneyOf(item.lease, now);
      } catch {
        return; // Its row says that it cannot be shown.
      }
      counted.push({ token: item.token, money });
      if (money.duePayout > 0n) due.push(item);
    };
    void inStretches(leases, add, abort.signal).then(
      () => abort.signal.aborted || setAdded({ sums: sumsByToken(counted), due }),
    );
    return () => abort.abort();
  }, [leases, now]);
  return added;
}
