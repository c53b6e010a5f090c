import { useNow } from '../chain/clock';
import { beginOf, DAY } from './periods';

/** The first second of today by the cluster's clock, in UTC: changes once a day. */
export const useToday = (): bigint => beginOf('day', useNow());

/** The days until today that an indexer is asked for. */
export const daysUntil = (today: bigint, days: number) => ({
  from: today - BigInt(days - 1) * DAY,
  before: today + DAY,
});
