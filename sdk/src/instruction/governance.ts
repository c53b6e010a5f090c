// What voters and proposers do.

import type { Address, Instruction } from '@solana/kit';
import type { Keyed } from '../account';
import {
  NOBODY,
  feeParamsAddress,
  feeVaultAddress,
  governanceAddress,
  lockAddress,
  mintPolicyAddress,
  participantAddress,
  proposalAddress,
  protocolAddress,
  tokenAccount,
  type Mint,
} from '../addresses';
import * as program from '../generated';
import type { Proposal, VoteLock, VoteRecord } from '../generated';
import { actionHash, validUntil } from '../seen';
import { ensureTokenAccount, signer } from './common';

export const lockTokens = async (
  owner: Address,
  { mint: voteMint, tokenProgram }: Mint,
  amount: bigint,
  unlockAt: bigint,
) =>
  program.getLockTokensInstructionAsync({ owner: signer(owner), voteMint, tokenProgram, amount, unlockAt });

export const extendLock = async (owner: Address, unlockAt: bigint) =>
  program.getExtendLockInstructionAsync({ owner: signer(owner), unlockAt });

export const setDelegate = (
  { address, owner, delegate: replaced }: Keyed<VoteLock>,
  delegate: Address | undefined,
) =>
  program.getSetDelegateInstruction({
    owner: signer(owner),
    lock: address,
    validUntil: validUntil(),
    replaced,
    delegate: delegate ?? NOBODY,
  });

export const unlockTokens = async (owner: Address, token: Mint): Promise<Instruction[]> => [
  await ensureTokenAccount(owner, owner, token),
  await program.getUnlockTokensInstructionAsync({
    owner,
    ownerToken: await tokenAccount(owner, token),
    tokenProgram: token.tokenProgram,
  }),
];

export type CreateProposal = {
  proposer: Address;
  /** The next number, as `Governance` tells it. */
  id: bigint;
  voteMint: Address;
  unitMint: Address;
  action: program.ActionArgs;
  /** What the rules ask for, lamports. */
  deposit: bigint;
};

export const createProposal = async ({ proposer, id, voteMint, unitMint, action, deposit }: CreateProposal) =>
  program.getCreateProposalInstruction({
    proposer: signer(proposer),
    governance: await governanceAddress(),
    proposal: await proposalAddress(id),
    protocol: await protocolAddress(),
    feeParams: await feeParamsAddress(),
    mintPolicy: await mintPolicyAddress(unitMint),
    voteMint,
    validUntil: validUntil(),
    maxDeposit: deposit,
    action,
  });

/** What a voter names of what it was shown. */
const ballot = async (proposal: Keyed<Proposal>) => ({
  validUntil: validUntil(),
  actionHash: await actionHash(proposal),
});

/** Votes with the lock of `owner`; `voter` is the owner or its delegate. */
export async function castVote(voter: Address, owner: Address, proposal: Keyed<Proposal>, isFor: boolean) {
  const lock = await lockAddress(owner);
  return program.getCastVoteInstructionAsync({
    voter: signer(voter),
    proposal: proposal.address,
    lock,
    ...(await ballot(proposal)),
    isFor,
  });
}

/** Votes with the fees of `party`: a renter's wallet or a provider's account. */
export async function castParticipantVote(
  voter: Address,
  party: Address,
  proposal: Keyed<Proposal>,
  isFor: boolean,
) {
  const participant = await participantAddress(party);
  return program.getCastParticipantVoteInstructionAsync({
    voter: signer(voter),
    proposal: proposal.address,
    participant,
    ...(await ballot(proposal)),
    isFor,
  });
}

export const finalizeProposal = (proposal: Keyed<Proposal>) =>
  program.getFinalizeProposalInstruction({ proposal: proposal.address, proposer: proposal.proposer });

export const cancelProposal = (proposal: Keyed<Proposal>) =>
  program.getCancelProposalInstruction({ proposer: signer(proposal.proposer), proposal: proposal.address });

export const executeProposal = async (proposal: Keyed<Proposal>) =>
  program.getExecuteProposalInstruction({
    proposal: proposal.address,
    protocol: await protocolAddress(),
    governance: await governanceAddress(),
    feeParams: await feeParamsAddress(),
  });

/** Executes a withdrawal; `payer` pays for the treasury's token account if it is missing. */
export const withdrawFees = async (
  payer: Address,
  proposal: Keyed<Proposal>,
  treasury: Address,
  token: Mint,
): Promise<Instruction[]> => [
  await ensureTokenAccount(payer, treasury, token),
  program.getWithdrawFeesInstruction({
    proposal: proposal.address,
    feeParams: await feeParamsAddress(),
    mintPolicy: await mintPolicyAddress(token.mint),
    feeVault: await feeVaultAddress(token.mint),
    treasuryToken: await tokenAccount(treasury, token),
    tokenProgram: token.tokenProgram,
  }),
];

export const closeVoteRecord = (record: Keyed<VoteRecord>) =>
  program.getCloseVoteRecordInstruction({
    record: record.address,
    proposal: record.proposal,
    rentPayer: record.rentPayer,
  });
