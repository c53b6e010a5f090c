// What renters, providers and arbiters do with a lease.

import { type Address, type Instruction, type ReadonlyUint8Array } from '@solana/kit';
import type { Keyed } from '../account';
import {
  NOBODY,
  feeVaultAddress,
  mintPolicyAddress,
  participantAddress,
  protocolAddress,
  tokenAccount,
  type Mint,
} from '../addresses';
import { ED25519_PROGRAM } from '../attestation';
import { now } from '../clock';
import * as program from '../generated';
import type { Lease, Offer, Provider } from '../generated';
import { HANDED_OVER, contentHash, seen, validUntil } from '../seen';
import { ensureTokenAccount, signedBy, signer } from './common';

/** A lease with what its instructions need around it. */
export type LeaseContext = { lease: Keyed<Lease>; provider: Keyed<Provider>; token: Mint };

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
  const first = await program.getCreateParticipantInstructionAsync({
    party: signer(renter),
    rentPayer: signer(payer),
  });
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

const bondToken = (context: LeaseContext, { key, isPooled }: ForProvider) =>
  isPooled ? bondAccount(context) : tokenAccount(key, context.token);

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
const earliestEnd = ({ startedAt, endsAt, openedAt, duration }: Lease) =>
  startedAt === 0n ? openedAt + BigInt(duration) : endsAt;

/** Pays the provider, who needs a token account, what is due. */
export const settle = async (context: LeaseContext): Promise<Instruction> =>
  program.getSettleInstruction({ ...around(context), payoutToken: await payoutToken(context) });

/** Reports usage: `precompile` is the data of the Ed25519 instruction with the signatures, which comes directly before. */
export const attest = (context: LeaseContext, precompile: ReadonlyUint8Array): Instruction[] => [
  { programAddress: ED25519_PROGRAM, accounts: [], data: precompile },
  program.getAttestInstruction({ lease: context.lease.address, provider: context.lease.provider }),
];

export const extendLease = async ({ lease }: LeaseContext, duration: number) =>
  program.getExtendLeaseInstruction({
    renter: signer(lease.renter),
    lease: lease.address,
    seen: await seen(lease),
    gpus: lease.meter.gpus,
    duration,
  });

/** Growing takes the provider's signature too, within `validFor` seconds. */
export async function resizeLease(
  context: LeaseContext,
  by: ForProvider,
  gpus: number,
  validFor = HANDED_OVER,
) {
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

export const releaseGpus = ({ lease }: LeaseContext) =>
  program.getReleaseGpusInstruction({ lease: lease.address, offer: lease.offer });

/** Gives notice; `endsAt` is the end that the party was shown, which the notice moves on while it is on its way. */
export async function terminateLease({ lease }: LeaseContext, party: Address, endsAt: bigint) {
  const signed = await seen(lease);
  // By the notice, whenever it lands: what lets the lease run longer in front of it does not void it.
  const notice = endsAt <= now() ? 0n : BigInt(lease.terms.notice);
  const maxEndsAt = BigInt(signed.validUntil) + notice;
  return program.getTerminateLeaseInstruction({
    party: signer(party),
    lease: lease.address,
    provider: lease.provider,
    seen: signed,
    maxEndsAt,
  });
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

export const resolveByTimeout = ({ lease }: LeaseContext) =>
  program.getResolveByTimeoutInstruction({ lease: lease.address });

/**
 * How both parties divide a vault: GPU-seconds that are paid for in all, and base units of the bond for missing ones;
 * `key` signs for the provider, and both within `validFor` seconds.
 */
export type Agreement = { units: bigint; credit: bigint; key: Address; validFor?: bigint };

/**
 * Ends a lease that can be closed; with an agreement any, which takes the signatures of both parties. `closer` pays for
 * the token account of whoever has none to be paid into.
 */
export async function closeLease(
  context: LeaseContext,
  closer: Address,
  agreement?: Agreement,
): Promise<Instruction[]> {
  const { lease, provider, token } = context;
  const authority = agreement?.key ?? provider.authority;
  const isPooled = lease.bondIsPooled === 1;
  const instruction = program.getCloseLeaseInstruction({
    ...around(context),
    offer: lease.offer,
    agreed: agreement
      ? {
          seen: await seen(lease, agreement.validFor ?? HANDED_OVER),
          units: agreement.units,
          credit: agreement.credit,
        }
      : null,
    renter: lease.renter,
    authority,
    protocol: await protocolAddress(),
    renterParticipant: await participantAddress(lease.renter),
    providerParticipant: await participantAddress(lease.provider),
    mintPolicy: await mintPolicyAddress(token.mint),
    feeVault: await feeVaultAddress(token.mint),
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
