import type { Address, Instruction } from '@solana/kit';
import { isCall } from '../chain/calls';
import { CLOSE_LEASE_DISCRIMINATOR, SETTLE_DISCRIMINATOR, parseCloseLeaseInstruction, parseSettleInstruction } from '../generated';

/** In which mint a provider's leases paid it, as the instructions that paid tell; closed leases are found nowhere else. */
export function mintsOfLeases(history: readonly { instructions: readonly Instruction[] }[], provider: Address): Map<string, Address> {
  const mints = new Map<string, Address>();
  for (const instruction of history.flatMap(({ instructions }) => instructions)) {
    const paid = isCall(instruction, SETTLE_DISCRIMINATOR)
      ? parseSettleInstruction(instruction)
      : isCall(instruction, CLOSE_LEASE_DISCRIMINATOR)
        ? parseCloseLeaseInstruction(instruction)
        : undefined;
    if (paid?.accounts.provider.address === provider) mints.set(paid.accounts.lease.address, paid.accounts.mint.address);
  }
  return mints;
}
