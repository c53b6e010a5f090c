// Addresses that follow from others.

import { findAssociatedTokenPda } from '@solana-program/token';
import { getProgramDerivedAddress, getU64Encoder, type Address } from '@solana/kit';
import * as program from './generated';
import { GPU_LEASE_PROGRAM_ADDRESS, type MintPolicy } from './generated';

/** The address of nobody, which stands for none. */
export const NOBODY = '11111111111111111111111111111111' as Address;

/** A mint and the token program that it is of. */
export type Mint = Pick<MintPolicy, 'mint' | 'tokenProgram'>;

const found = async <T>(pda: Promise<readonly [Address, T]>): Promise<Address> => (await pda)[0];

export const protocolAddress = () => found(program.findProtocolPda());
export const feeParamsAddress = () => found(program.findFeeParamsPda());
export const governanceAddress = () => found(program.findGovernancePda());
export const mintPolicyAddress = (mint: Address) => found(program.findMintPolicyPda({ mint }));
export const feeVaultAddress = (mint: Address) => found(program.findFeeVaultPda({ mint }));
export const participantAddress = (party: Address) =>
  found(program.findCreateParticipantParticipantPda({ party }));
export const providerAddress = (authority: Address) => found(program.findProviderPda({ authority }));
export const lockAddress = (owner: Address) => found(program.findLockPda({ owner }));
export const offerAddress = (provider: Address, id: bigint) => found(program.findOfferPda({ provider, id }));
export const leaseAddress = (renter: Address, nonce: bigint) =>
  found(program.findLeasePda({ renter, nonce }));
/** The account in which a lease's money waits, or a lock's tokens. */
export const vaultAddress = (leaseOrLock: Address) => found(program.findVaultPda({ lease: leaseOrLock }));

export const proposalAddress = (id: bigint): Promise<Address> =>
  found(
    getProgramDerivedAddress({
      programAddress: GPU_LEASE_PROGRAM_ADDRESS,
      seeds: ['proposal', getU64Encoder().encode(id)],
    }),
  );

/** The vote of a lock, or of a participant. */
export const voteRecordAddress = (proposal: Address, by: Address) =>
  found(program.findCastVoteRecordPda({ proposal, lock: by }));

/** The account in which a wallet holds a mint's tokens. */
export const tokenAccount = (owner: Address, { mint, tokenProgram }: Mint): Promise<Address> =>
  found(findAssociatedTokenPda({ owner, mint, tokenProgram }));
