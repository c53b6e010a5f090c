import { now as chainNow, type LeaseContext } from 'gpu-lease';
import { program, type UsageCheck } from 'gpu-lease/rules';
import { formatError } from '../onchain/formatError';

/** What the program would say to a usage report, with the signature of a `coSigner` who is asked for it, or why the text is not one. */
export function checkReport(
  { lease, provider }: LeaseContext,
  text: string,
  coSigner?: string,
): UsageCheck | string {
  try {
    return program().checkUsage({
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
