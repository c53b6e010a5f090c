import { now as chainNow } from '../chain/clock';
import type { LeaseContext } from '../chain/instructions';
import { rules, type UsageCheck } from '../rules';
import { formatError } from '../ui/format';

/** What the program's rules say to a signed message, with the signature of a `coSigner` who is asked for it; or why it is none. */
export function checkUsage({ lease, provider }: LeaseContext, text: string, coSigner?: string): UsageCheck | string {
  try {
    return rules().checkUsage({
      text,
      lease: lease.bytes,
      address: lease.address,
      attestor: provider.attestor,
      now: chainNow(),
      ...(coSigner ? { coSigner } : {}),
    });
  } catch (error) {
    return formatError(error);
  }
}
