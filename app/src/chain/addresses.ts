// Addresses that the generated client does not know.

import { getProgramDerivedAddress, getU64Encoder, type Address } from '@solana/kit';
import { GPU_LEASE_PROGRAM_ADDRESS } from '../generated';

/** The address of nobody, which stands for none. */
export const NOBODY = '11111111111111111111111111111111' as Address;

export const proposalAddress = async (id: bigint): Promise<Address> =>
  (await getProgramDerivedAddress({ programAddress: GPU_LEASE_PROGRAM_ADDRESS, seeds: ['proposal', getU64Encoder().encode(id)] }))[0];
