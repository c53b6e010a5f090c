import { now as chainNow } from '../chain/clock';
import type { LeaseContext } from '../chain/instructions';
import { rules, type UsageCheck } from '../rules';
import { formatError } from '../onchain/formatError';

/** What the program's rules say to a signed message; or why it is none. */
export function checkUsage({ lease, provider }: LeaseContext, text: string): UsageCheck | string {
  try {
    return rules().checkUsage({ text, lease: lease.bytes, address: lease.address, attestor: provider.attestor, now: chainNow() });
  } catch (error) {
    return formatError(error);
  }
}
