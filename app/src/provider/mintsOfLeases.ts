import type { Address, Instruction, InstructionWithAccounts, InstructionWithData, AccountMeta, ReadonlyUint8Array } from '@solana/kit';
import {
  CLOSE_LEASE_DISCRIMINATOR,
  GPU_LEASE_PROGRAM_ADDRESS,
  SETTLE_DISCRIMINATOR,
  parseCloseLeaseInstruction,
  parseSettleInstruction,
} from '../generated';

type Complete = Instruction & InstructionWithAccounts<readonly AccountMeta[]> & InstructionWithData<ReadonlyUint8Array>;

const isOurs = (instruction: Instruction): instruction is Complete =>
  instruction.programAddress === GPU_LEASE_PROGRAM_ADDRESS && instruction.accounts !== undefined && instruction.data !== undefined;

const begins = ({ data }: Complete, discriminator: ReadonlyUint8Array) => discriminator.every((byte, index) => data[index] === byte);

/** In which mint a provider's leases paid it, as the instructions that paid tell; closed leases are found nowhere else. */
export function mintsOfLeases(history: readonly { instructions: readonly Instruction[] }[], provider: Address): Map<string, Address> {
  const mints = new Map<string, Address>();
  for (const instruction of history.flatMap(({ instructions }) => instructions).filter(isOurs)) {
    const parse = begins(instruction, SETTLE_DISCRIMINATOR)
      ? parseSettleInstruction
      : begins(instruction, CLOSE_LEASE_DISCRIMINATOR)
        ? parseCloseLeaseInstruction
        : undefined;
    const accounts = parse?.(instruction).accounts;
    if (accounts?.provider.address === provider) mints.set(accounts.lease.address, accounts.mint.address);
  }
  return mints;
}
