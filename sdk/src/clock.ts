// The cluster's clock, which all of the program's times are of. It runs on by itself between two readings.

import { fetchSysvarClock, type SysvarClock } from '@solana/sysvars';
import type { Node } from './node';

/** How far the cluster's clock is ahead of this machine's, seconds. */
let ahead = 0;

/** The cluster's time now, unix seconds: this machine's until `syncClock` has corrected it. */
export const now = (): bigint => BigInt(Math.floor(Date.now() / 1_000 + ahead));

/** Reads the cluster's clock, and goes by it from then on. There is one clock for all nodes: they are of one cluster. */
export async function syncClock({ rpc }: Node): Promise<SysvarClock> {
  const clock = await fetchSysvarClock(rpc);
  const measured = Number(clock.unixTimestamp) - Date.now() / 1_000;
  // A public cluster's clock steps by the slot; within two seconds it is right already.
  if (Math.abs(measured - ahead) > 2) ahead = measured;
  return clock;
}
