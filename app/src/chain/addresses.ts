// Addresses that the generated client does not know.

import { getAddressEncoder, getProgramDerivedAddress, getU64Encoder, type Address } from '@solana/kit';
import { GPU_LEASE_PROGRAM_ADDRESS } from '../generated';

/** The address of nobody, which stands for none. */
export const NOBODY = '11111111111111111111111111111111' as Address;

const derive = async (...seeds: Parameters<typeof getProgramDerivedAddress>[0]['seeds']): Promise<Address> =>
  (await getProgramDerivedAddress({ programAddress: GPU_LEASE_PROGRAM_ADDRESS, seeds }))[0];

/** The lease that a renter numbers so. */
export const leaseAddress = (renter: Address, nonce: bigint) =>
  derive('lease', getAddressEncoder().encode(renter), getU64Encoder().encode(nonce));

export const proposalAddress = (id: bigint) => derive('proposal', getU64Encoder().encode(id));

/** The record of a lock's or a participant's vote. */
export const voteRecordAddress = (proposal: Address, voter: Address) =>
  derive('vote', getAddressEncoder().encode(proposal), getAddressEncoder().encode(voter));
