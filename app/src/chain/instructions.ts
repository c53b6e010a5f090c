// One function for what a party does. Accounts that follow from others are derived here; layouts are the
// generated client's.

import { getCreateAssociatedTokenIdempotentInstruction, getTransferCheckedInstruction } from '@solana-program/token';
import { AccountRole, createNoopSigner, type Address, type Instruction, type ReadonlyUint8Array } from '@solana/kit';
import * as program from '../generated';
import type { HotKeysArgs, Lease, Listing, MintPolicy, Offer, Proposal, Provider, Terms, VoteLock, VoteRecord } from '../generated';
import type { Keyed, Token } from './accounts';
import { NOBODY, proposalAddress } from './addresses';
import { tokenAccount } from './balances';
import { now } from './clock';
import { HANDED_OVER, actionHash, contentHash, seen, validUntil } from './seen';

/** A lease with what its instructions need around it. */
export type LeaseContext = { lease: Keyed<Lease>; provider: Keyed<Provider>; token: Pick<Token, 'mint' | 'tokenProgram'> };

/** Words for those whose balances a lease's instructions change. */
export const namesAround = ({ lease, provider }: Pick<LeaseContext, 'lease' | 'provider'>): Record<Address, string> => ({
  [lease.address]: 'Escrow of this lease',
  [lease.renter]: 'The renter',
  [provider.authority]: 'The provider',
  [provider.address]: 'Bond account of the provider',
});

type Mint = Pick<MintPolicy, 'mint' | 'tokenProgram'>;

/** Who signs. The wallet does, once the transaction is complete. */
const signer = (address: Address) => createNoopSigner(address);

const found = async <T>(pda: Promise<readonly [Address, T]>): Promise<Address> => (await pda)[0];
const protocol = () => found(program.findProtocolPda());
const feeParams = () => found(program.findFeeParamsPda());
const governance = () => found(program.findGovernancePda());
const mintPolicy = (mint: Address) => found(program.findMintPolicyPda({ mint }));
export const participantAddress = (party: Address) => found(program.findCreateParticipantParticipantPda({ party }));
export const providerAddress = (authority: Address) => found(program.findProviderPda({ authority }));
export const lockAddress = (owner: Address) => found(program.findLockPda({ owner }));

/** The instruction, signed by these addresses as well. */
function signedBy<T extends Instruction>(instruction: T, parties: Address[]): T {
  const sign = (role: AccountRole) => (role | 2) as AccountRole;
  const accounts = instruction.accounts?.map((meta) => (parties.includes(meta.address) ? { ...meta, role: sign(meta.role) } : meta));
  return { ...instruction, accounts };
}

/** Creates the token account of `owner` if it is missing. */
export async function ensureTokenAccount(payer: Address, owner: Address, { mint, tokenProgram }: Mint): Promise<Instruction> {
  const ata = await tokenAccount(owner, { mint, tokenProgram });
  return getCreateAssociatedTokenIdempotentInstruction({ payer: signer(payer), ata, owner, mint, tokenProgram });
}

// Leases

export type OpenLease = {
  renter: Address;
  /** Pays the deposit and the rent. */
  payer: Address;
  offer: Keyed<Offer>;
  token: Mint;
  /** Whether the renter has leased before: has a participant. */
  hasParticipant: boolean;
  nonce: bigint;
  gpus: number;
  /** Seconds. */
  duration: number;
  deposit: bigint;
  startDeadline: bigint;
  maxFeeBps: number;
  /** Decides disputes: whom the renter saw in office. */
  arbiter: Address;
  accessKey: ReadonlyUint8Array;
  /** Seconds in which a sponsor can sign. */
  validFor?: bigint;
};

export async function openLease(open: OpenLease): Promise<{ lease: Address; instructions: Instruction[] }> {
  const { renter, payer, offer, token, hasParticipant, validFor = HANDED_OVER, ...request } = open;
  const instruction = await program.getOpenLeaseInstructionAsync({
    ...request,
    renter: signer(renter),
    payer: signer(payer),
    offer: offer.address,
    mint: token.mint,
    tokenProgram: token.tokenProgram,
    sessionKey: NOBODY,
    expectedOffer: await contentHash(offer),
    // A sponsor signs after the renter.
    validUntil: payer === renter ? validUntil() : validUntil(validFor),
  });
  const first = await program.getCreateParticipantInstructionAsync({ party: signer(renter), rentPayer: signer(payer) });
  const { lease } = program.parseOpenLeaseInstruction(instruction).accounts;
  return { lease: lease.address, instructions: hasParticipant ? [instruction] : [first, instruction] };
}

/** What most instructions of a lease take. */
const around = ({ lease, token }: LeaseContext) => ({
  lease: lease.address,
  provider: lease.provider,
  vault: lease.vault,
  tokenProgram: token.tokenProgram,
});

const payoutToken = ({ provider, token }: LeaseContext) => tokenAccount(provider.authority, token);
const bondAccount = ({ provider, token }: LeaseContext) => tokenAccount(provider.address, token);

/** Which of a provider's keys signs for it, and whether its bond comes out of the bond account or out of that key's own. */
export type ForProvider = { key: Address; isPooled: boolean };

const bondToken = (context: LeaseContext, { key, isPooled }: ForProvider) => (isPooled ? bondAccount(context) : tokenAccount(key, context.token));

export const startLease = async (context: LeaseContext, by: ForProvider, accessBlob: ReadonlyUint8Array) =>
  program.getStartLeaseInstruction({
    ...around(context),
    offer: context.lease.offer,
    seen: await seen(context.lease),
    authority: signer(by.key),
    bondToken: await bondToken(context, by),
    accessBlob,
  });

/** Puts other credentials in the place of those that were shown. */
export const publishAccess = async ({ lease }: LeaseContext, key: Address, accessBlob: ReadonlyUint8Array) =>
  program.getPublishAccessInstruction({
    authority: signer(key),
    lease: lease.address,
    provider: lease.provider,
    seen: await seen(lease),
    replaced: lease.accessBlobHash,
    accessBlob,
  });

export const cancelLease = async (context: LeaseContext, canceller: Address): Promise<Instruction[]> => {
  const { lease, token } = context;
  return [
    await ensureTokenAccount(canceller, lease.payer, token),
    program.getCancelLeaseInstruction({
      ...around(context),
      seen: await seen(lease),
      canceller: signer(canceller),
      refundToken: await tokenAccount(lease.payer, token),
      payer: lease.payer,
    }),
  ];
};

/** Adds to a deposit, if the lease ends no sooner than the funder saw. */
export const topUp = async (context: LeaseContext, funder: Address, amount: bigint) =>
  program.getTopUpInstruction({
    ...around(context),
    seen: await seen(context.lease),
    minEndsAt: earliestEnd(context.lease),
    funder: signer(funder),
    funderToken: await tokenAccount(funder, context.token),
    amount,
  });

/** When a lease ends, as its funder expects: one that waits for its start may be started as soon as it was opened. */
const earliestEnd = ({ startedAt, endsAt, openedAt, duration }: Lease) => (startedAt === 0n ? openedAt + BigInt(duration) : endsAt);

/** Pays the provider, who needs a token account, what is due. */
export const settle = async (context: LeaseContext): Promise<Instruction> =>
  program.getSettleInstruction({ ...around(context), payoutToken: await payoutToken(context) });

/** The precompile that checks signatures of messages. */
export const ED25519_PROGRAM = 'Ed25519SigVerify111111111111111111111111111' as Address;

/** Reports usage: `precompile` is the data of the Ed25519 instruction with the signatures, which comes directly before. */
export const attest = (context: LeaseContext, precompile: ReadonlyUint8Array): Instruction[] => [
  { programAddress: ED25519_PROGRAM, accounts: [], data: precompile },
  program.getAttestInstruction({ lease: context.lease.address, provider: context.lease.provider }),
];

export const extendLease = async ({ lease }: LeaseContext, duration: number) =>
  program.getExtendLeaseInstruction({ renter: signer(lease.renter), lease: lease.address, seen: await seen(lease), gpus: lease.meter.gpus, duration });

/** Growing takes the provider's signature too, within `validFor` seconds. */
export async function resizeLease(context: LeaseContext, by: ForProvider, gpus: number, validFor = HANDED_OVER) {
  const { lease } = context;
  const grows = gpus > lease.meter.gpus;
  const instruction = program.getResizeLeaseInstruction({
    ...around(context),
    offer: lease.offer,
    renter: signer(lease.renter),
    authority: by.key,
    bondToken: await bondToken(context, by),
    seen: await (grows ? seen(lease, validFor) : seen(lease)),
    duration: lease.duration,
    from: lease.meter.gpus,
    to: gpus,
  });
  return grows ? signedBy(instruction, [by.key]) : instruction;
}

export const releaseGpus = ({ lease }: LeaseContext) => program.getReleaseGpusInstruction({ lease: lease.address, offer: lease.offer });

/** Gives notice; `endsAt` is the end that the party was shown, which the notice moves on while it is on its way. */
export async function terminateLease({ lease }: LeaseContext, party: Address, endsAt: bigint) {
  const signed = await seen(lease);
  // By the notice, whenever it lands: what lets the lease run longer in front of it does not void it.
  const notice = endsAt <= now() ? 0n : BigInt(lease.terms.notice);
  const maxEndsAt = BigInt(signed.validUntil) + notice;
  return program.getTerminateLeaseInstruction({ party: signer(party), lease: lease.address, provider: lease.provider, seen: signed, maxEndsAt });
}

/** Ends a lease whose provider has been silent since the statement that the caller saw. */
export const expireLease = async ({ lease }: LeaseContext, caller: Address) =>
  program.getExpireLeaseInstruction({
    caller: signer(caller),
    lease: lease.address,
    provider: lease.provider,
    seen: await seen(lease),
    windowEnd: lease.meter.windowEnd,
  });

/** Refuses a claim for the renter; `party` pays the stake too, which is at most the bond. */
export const disputeLease = async (context: LeaseContext, party: Address, units: bigint) =>
  program.getDisputeLeaseInstruction({
    ...around(context),
    seen: await seen(context.lease),
    maxStake: context.lease.ledger.bond,
    renter: signer(party),
    funder: signer(party),
    funderToken: await tokenAccount(party, context.token),
    units,
  });

export const resolveDispute = async (context: LeaseContext, units: bigint): Promise<Instruction[]> => {
  const { arbiter, dispute } = context.lease;
  return [
    await ensureTokenAccount(arbiter, arbiter, context.token),
    program.getResolveDisputeInstruction({
      ...around(context),
      seen: await seen(context.lease),
      renterUnits: dispute.renterUnits,
      providerUnits: dispute.providerUnits,
      arbiter: signer(arbiter),
      arbiterToken: await tokenAccount(arbiter, context.token),
      units,
    }),
  ];
};

export const resolveByTimeout = ({ lease }: LeaseContext) => program.getResolveByTimeoutInstruction({ lease: lease.address });

/**
 * How both parties divide a vault: GPU-seconds that are paid for in all, and base units of the bond for missing ones;
 * `key` signs for the provider, and both within `validFor` seconds.
 */
export type Agreement = { units: bigint; credit: bigint; key: Address; validFor?: bigint };

/**
 * Ends a lease that can be closed; with an agreement any, which takes the signatures of both parties. `closer` pays for
 * the token account of whoever has none to be paid into.
 */
export async function closeLease(context: LeaseContext, closer: Address, agreement?: Agreement): Promise<Instruction[]> {
  const { lease, provider, token } = context;
  const authority = agreement?.key ?? provider.authority;
  const isPooled = lease.bondIsPooled === 1;
  const instruction = program.getCloseLeaseInstruction({
    ...around(context),
    offer: lease.offer,
    agreed: agreement ? { seen: await seen(lease, agreement.validFor ?? HANDED_OVER), units: agreement.units, credit: agreement.credit } : null,
    renter: lease.renter,
    authority,
    protocol: await protocol(),
    renterParticipant: await participantAddress(lease.renter),
    providerParticipant: await participantAddress(lease.provider),
    mintPolicy: await mintPolicy(token.mint),
    feeVault: await found(program.findFeeVaultPda({ mint: token.mint })),
    payoutToken: await payoutToken(context),
    bondToken: await (isPooled ? bondAccount(context) : payoutToken(context)),
    refundToken: await tokenAccount(lease.payer, token),
    payer: lease.payer,
  });
  return [
    await ensureTokenAccount(closer, provider.authority, token),
    await ensureTokenAccount(closer, lease.payer, token),
    ...(isPooled ? [await ensureTokenAccount(closer, provider.address, token)] : []),
    agreement ? signedBy(instruction, [lease.renter, authority]) : instruction,
  ];
}

// Providers

export const registerProvider = (authority: Address, keys: HotKeysArgs) =>
  program.getRegisterProviderInstructionAsync({ authority: signer(authority), keys });

/** Puts other hot keys in the place of those that were shown. */
export const updateProvider = ({ address, authority, attestor, operator }: Keyed<Provider>, keys: HotKeysArgs) =>
  program.getUpdateProviderInstruction({
    authority: signer(authority),
    provider: address,
    validUntil: validUntil(),
    replaced: { attestor, operator },
    keys,
  });

/** Pays into a provider's bond account, as anyone may. */
export async function payIntoBondAccount(payer: Address, provider: Address, { decimals, ...token }: Mint & Pick<Token, 'decimals'>, amount: bigint): Promise<Instruction[]> {
  const [source, destination] = await Promise.all([payer, provider].map((owner) => tokenAccount(owner, token)));
  const transfer = { source: source!, mint: token.mint, destination: destination!, authority: signer(payer), amount, decimals };
  return [await ensureTokenAccount(payer, provider, token), getTransferCheckedInstruction(transfer, { programAddress: token.tokenProgram })];
}

/** Takes tokens out of a bond account, into the token account of the provider's wallet. */
export const withdrawBond = async ({ address, authority }: Keyed<Provider>, token: Mint, amount: bigint): Promise<Instruction[]> => [
  await ensureTokenAccount(authority, authority, token),
  program.getWithdrawBondInstruction({
    authority: signer(authority),
    provider: address,
    bondAccount: await tokenAccount(address, token),
    destination: await tokenAccount(authority, token),
    tokenProgram: token.tokenProgram,
    validUntil: validUntil(),
    amount,
  }),
];

export type OfferContent = { gpus: number; terms: Terms; listing: Listing };

export const createOffer = async (provider: Keyed<Provider>, id: bigint, { gpus, terms, listing }: OfferContent) =>
  program.getCreateOfferInstructionAsync({
    authority: signer(provider.authority),
    provider: provider.address,
    mintPolicy: await mintPolicy(terms.mint),
    id,
    gpus,
    terms,
    listing,
  });

export const updateOffer = async (provider: Keyed<Provider>, offer: Keyed<Offer>, content: OfferContent, isOpen: boolean) =>
  program.getUpdateOfferInstruction({
    authority: signer(provider.authority),
    provider: provider.address,
    offer: offer.address,
    mintPolicy: await mintPolicy(content.terms.mint),
    validUntil: validUntil(),
    revision: offer.revision,
    isOpen,
    ...content,
  });

export const closeOffer = (provider: Keyed<Provider>, offer: Keyed<Offer>) =>
  program.getCloseOfferInstruction({ authority: signer(provider.authority), provider: provider.address, offer: offer.address });

// Votes

export const lockTokens = async (owner: Address, { mint: voteMint, tokenProgram }: Mint, amount: bigint, unlockAt: bigint) =>
  program.getLockTokensInstructionAsync({ owner: signer(owner), voteMint, tokenProgram, amount, unlockAt });

export const extendLock = async (owner: Address, unlockAt: bigint) => program.getExtendLockInstructionAsync({ owner: signer(owner), unlockAt });

export const setDelegate = ({ address, owner, delegate: replaced }: Keyed<VoteLock>, delegate: Address | undefined) =>
  program.getSetDelegateInstruction({ owner: signer(owner), lock: address, validUntil: validUntil(), replaced, delegate: delegate ?? NOBODY });

export const unlockTokens = async (owner: Address, token: Mint): Promise<Instruction[]> => [
  await ensureTokenAccount(owner, owner, token),
  await program.getUnlockTokensInstructionAsync({ owner, ownerToken: await tokenAccount(owner, token), tokenProgram: token.tokenProgram }),
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
    governance: await governance(),
    proposal: await proposalAddress(id),
    protocol: await protocol(),
    feeParams: await feeParams(),
    mintPolicy: await mintPolicy(unitMint),
    voteMint,
    validUntil: validUntil(),
    maxDeposit: deposit,
    action,
  });

/** What a voter names of what it was shown. */
const ballot = async (proposal: Keyed<Proposal>) => ({ validUntil: validUntil(), actionHash: await actionHash(proposal) });

/** Votes with the lock of `owner`; `voter` is the owner or its delegate. */
export async function castVote(voter: Address, owner: Address, proposal: Keyed<Proposal>, isFor: boolean) {
  const lock = await lockAddress(owner);
  return program.getCastVoteInstructionAsync({ voter: signer(voter), proposal: proposal.address, lock, ...(await ballot(proposal)), isFor });
}

/** Votes with the fees of `party`: a renter's wallet or a provider's account. */
export async function castParticipantVote(voter: Address, party: Address, proposal: Keyed<Proposal>, isFor: boolean) {
  const participant = await participantAddress(party);
  return program.getCastParticipantVoteInstructionAsync({ voter: signer(voter), proposal: proposal.address, participant, ...(await ballot(proposal)), isFor });
}

export const finalizeProposal = (proposal: Keyed<Proposal>) =>
  program.getFinalizeProposalInstruction({ proposal: proposal.address, proposer: proposal.proposer });

export const cancelProposal = (proposal: Keyed<Proposal>) =>
  program.getCancelProposalInstruction({ proposer: signer(proposal.proposer), proposal: proposal.address });

export const executeProposal = async (proposal: Keyed<Proposal>) =>
  program.getExecuteProposalInstruction({
    proposal: proposal.address,
    protocol: await protocol(),
    governance: await governance(),
    feeParams: await feeParams(),
  });

/** Executes a withdrawal; `payer` pays for the treasury's token account if it is missing. */
export const withdrawFees = async (payer: Address, proposal: Keyed<Proposal>, treasury: Address, token: Mint): Promise<Instruction[]> => [
  await ensureTokenAccount(payer, treasury, token),
  program.getWithdrawFeesInstruction({
    proposal: proposal.address,
    feeParams: await feeParams(),
    mintPolicy: await mintPolicy(token.mint),
    feeVault: await found(program.findFeeVaultPda({ mint: token.mint })),
    treasuryToken: await tokenAccount(treasury, token),
    tokenProgram: token.tokenProgram,
  }),
];

export const closeVoteRecord = (record: Keyed<VoteRecord>) =>
  program.getCloseVoteRecordInstruction({ record: record.address, proposal: record.proposal, rentPayer: record.rentPayer });

export const pause = async (guardian: Address, duration: number) =>
  program.getPauseInstruction({ guardian: signer(guardian), protocol: await protocol(), validUntil: validUntil(), duration });

/** Ends the pause that was shown to last until then. */
export const unpause = async (guardian: Address, pausedUntil: bigint) =>
  program.getUnpauseInstruction({ guardian: signer(guardian), protocol: await protocol(), replaced: pausedUntil });
