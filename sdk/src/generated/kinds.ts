// Written by scripts/generate.mjs from the IDL; do not edit.

import type { Decoder, ReadonlyUint8Array } from '@solana/kit';
import {
  FEE_PARAMS_DISCRIMINATOR,
  getFeeParamsDecoder,
  type FeeParams,
  GOVERNANCE_DISCRIMINATOR,
  getGovernanceDecoder,
  type Governance,
  LEASE_DISCRIMINATOR,
  getLeaseDecoder,
  type Lease,
  MINT_POLICY_DISCRIMINATOR,
  getMintPolicyDecoder,
  type MintPolicy,
  OFFER_DISCRIMINATOR,
  getOfferDecoder,
  type Offer,
  PARTICIPANT_DISCRIMINATOR,
  getParticipantDecoder,
  type Participant,
  PROPOSAL_DISCRIMINATOR,
  getProposalDecoder,
  type Proposal,
  PROTOCOL_DISCRIMINATOR,
  getProtocolDecoder,
  type Protocol,
  PROVIDER_DISCRIMINATOR,
  getProviderDecoder,
  type Provider,
  VOTE_LOCK_DISCRIMINATOR,
  getVoteLockDecoder,
  type VoteLock,
  VOTE_RECORD_DISCRIMINATOR,
  getVoteRecordDecoder,
  type VoteRecord,
} from './accounts';

/** Every kind of account, by name. */
export type Kinds = {
  feeParams: FeeParams;
  governance: Governance;
  lease: Lease;
  mintPolicy: MintPolicy;
  offer: Offer;
  participant: Participant;
  proposal: Proposal;
  protocol: Protocol;
  provider: Provider;
  voteLock: VoteLock;
  voteRecord: VoteRecord;
};

export type Kind = keyof Kinds;

/** How accounts of each kind begin, and how they are read. */
export const KINDS: { [K in Kind]: { discriminator: ReadonlyUint8Array; decoder: Decoder<Kinds[K]> } } = {
  feeParams: { discriminator: FEE_PARAMS_DISCRIMINATOR, decoder: getFeeParamsDecoder() },
  governance: { discriminator: GOVERNANCE_DISCRIMINATOR, decoder: getGovernanceDecoder() },
  lease: { discriminator: LEASE_DISCRIMINATOR, decoder: getLeaseDecoder() },
  mintPolicy: { discriminator: MINT_POLICY_DISCRIMINATOR, decoder: getMintPolicyDecoder() },
  offer: { discriminator: OFFER_DISCRIMINATOR, decoder: getOfferDecoder() },
  participant: { discriminator: PARTICIPANT_DISCRIMINATOR, decoder: getParticipantDecoder() },
  proposal: { discriminator: PROPOSAL_DISCRIMINATOR, decoder: getProposalDecoder() },
  protocol: { discriminator: PROTOCOL_DISCRIMINATOR, decoder: getProtocolDecoder() },
  provider: { discriminator: PROVIDER_DISCRIMINATOR, decoder: getProviderDecoder() },
  voteLock: { discriminator: VOTE_LOCK_DISCRIMINATOR, decoder: getVoteLockDecoder() },
  voteRecord: { discriminator: VOTE_RECORD_DISCRIMINATOR, decoder: getVoteRecordDecoder() },
};

/** Where in accounts their addresses are, by kind and field. */
export const OFFSETS = {
  'feeParams.treasury': 8n,
  'lease.renter': 8n,
  'lease.payer': 40n,
  'lease.provider': 72n,
  'lease.offer': 104n,
  'lease.vault': 136n,
  'lease.arbiter': 200n,
  'lease.sessionKey': 528n,
  'mintPolicy.mint': 8n,
  'mintPolicy.feeVault': 40n,
  'mintPolicy.tokenProgram': 72n,
  'offer.provider': 8n,
  'participant.party': 8n,
  'participant.authority': 40n,
  'proposal.proposer': 8n,
  'protocol.voteMint': 40n,
  'protocol.unitMint': 72n,
  'protocol.guardian': 104n,
  'protocol.arbiter': 136n,
  'provider.authority': 8n,
  'provider.pendingAuthority': 40n,
  'provider.attestor': 72n,
  'provider.operator': 104n,
  'provider.registeredBy': 136n,
  'voteLock.owner': 8n,
  'voteLock.vault': 40n,
  'voteLock.delegate': 72n,
  'voteRecord.proposal': 8n,
  'voteRecord.voter': 40n,
  'voteRecord.rentPayer': 72n,
} as const;
