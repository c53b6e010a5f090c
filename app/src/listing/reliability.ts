import type { Provider } from 'gpu-lease';
import { shareOf } from '../ui/format';

/** How reliable a provider was; `undefined` shares where nothing was promised yet. */
export type Reliability = {
  delivered: number | undefined;
  abandoned: number;
  lost: number;
  completed: number;
};

export function reliability({ record }: Pick<Provider, 'record'>): Reliability {
  const { unitsDelivered, unitsPromised, leasesAbandoned, disputesLost, leasesCompleted } = record;
  return {
    delivered: unitsPromised > 0n ? Math.min(1, shareOf(unitsDelivered, unitsPromised)) : undefined,
    abandoned: Number(leasesAbandoned),
    lost: Number(disputesLost),
    completed: Number(leasesCompleted),
  };
}
