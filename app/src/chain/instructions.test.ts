import { ASSOCIATED_TOKEN_PROGRAM_ADDRESS, parseCreateAssociatedTokenIdempotentInstruction } from '@solana-program/token';
import { unwrapOption, type Address } from '@solana/kit';
import { expect, it, vi } from 'vitest';
import {
  GPU_LEASE_PROGRAM_ADDRESS,
  getCloseLeaseInstructionDataDecoder,
  getDisputeLeaseInstructionDataDecoder,
  getExpireLeaseInstructionDataDecoder,
  getExtendLeaseInstructionDataDecoder,
  getResizeLeaseInstructionDataDecoder,
  getTerminateLeaseInstructionDataDecoder,
  getTopUpInstructionDataDecoder,
} from '../generated';
import { cancelLease, closeLease, disputeLease, expireLease, extendLease, resizeLease, terminateLease, topUp } from './instructions';
import { lifeOf } from './seen';
import { now } from './clock';
import { leaseContext, numbered } from './testing';

vi.useFakeTimers({ toFake: ['Date'] });

const [renter, payer, authority, anyone] = [1, 2, 3, 4].map(numbered) as [Address, Address, Address, Address];
const context = leaseContext({ renter, payer, authority });

/** Whose token accounts the instructions create, and who pays; the program's own stands last. */
function created(instructions: Awaited<ReturnType<typeof closeLease>>) {
  expect(instructions.at(-1)?.programAddress).toBe(GPU_LEASE_PROGRAM_ADDRESS);
  return instructions.slice(0, -1).map((instruction) => {
    expect(instruction.programAddress).toBe(ASSOCIATED_TOKEN_PROGRAM_ADDRESS);
    const { accounts } = parseCreateAssociatedTokenIdempotentInstruction(instruction as never);
    return [accounts.owner.address, accounts.payer.address];
  });
}

it('lets whoever closes or cancels pay for the token accounts of those who are paid', async () => {
  expect(created(await closeLease(context, anyone))).toEqual([
    [authority, anyone],
    [payer, anyone],
  ]);
  expect(created(await cancelLease(context, anyone))).toEqual([[payer, anyone]]);
});

/** A running lease of four GPUs, as it was shown. */
const running = leaseContext({ renter, payer, authority });
Object.assign(running.lease, { startedAt: 1_000n, endsAt: 4_600n, meter: { gpus: 4, windowEnd: 2_000n }, ledger: { bond: 7n }, terms: { ...running.lease.terms, notice: 600 } });

/** Seconds for which a signature counts. */
const counts = ({ validUntil }: { validUntil: bigint }) => Number(validUntil - now());

it('signs for the lease that was shown, and for what was shown of it', async () => {
  const life = await lifeOf(running.lease);
  const topped = getTopUpInstructionDataDecoder().decode((await topUp(running, anyone, 5n)).data);
  expect([topped.minEndsAt, counts(topped.seen)]).toEqual([4_600n, 300]);
  expect(topped.seen.life).toEqual(life);
  const disputed = getDisputeLeaseInstructionDataDecoder().decode((await disputeLease(running, renter, 5n)).data);
  expect([disputed.maxStake, disputed.seen.life]).toEqual([7n, life]);
  const extended = getExtendLeaseInstructionDataDecoder().decode((await extendLease(running, 7_200)).data);
  expect([extended.gpus, extended.duration, extended.seen.life]).toEqual([4, 7_200, life]);
  const expired = getExpireLeaseInstructionDataDecoder().decode((await expireLease(running, renter)).data);
  expect([expired.windowEnd, expired.seen.life]).toEqual([2_000n, life]);
  const ended = getTerminateLeaseInstructionDataDecoder().decode((await terminateLease(running, renter, now() + 600n)).data);
  // The notice counts from when it lands.
  expect([ended.maxEndsAt - ended.seen.validUntil, ended.seen.life]).toEqual([600n, life]);
  const left = getTerminateLeaseInstructionDataDecoder().decode((await terminateLease(running, authority, now())).data);
  expect(left.maxEndsAt).toBe(left.seen.validUntil);
});

it('signs for an hour what the other party signs too', async () => {
  const grown = getResizeLeaseInstructionDataDecoder().decode((await resizeLease(running, 5)).data);
  expect([grown.duration, grown.from, grown.to, counts(grown.seen)]).toEqual([3_600, 4, 5, 3_600]);
  const shrunk = getResizeLeaseInstructionDataDecoder().decode((await resizeLease(running, 3)).data);
  expect(counts(shrunk.seen)).toBe(300);
  const data = (await closeLease(running, renter, { units: 5n, credit: 2n })).at(-1)?.data;
  const agreed = unwrapOption(getCloseLeaseInstructionDataDecoder().decode(data!).agreed);
  expect([agreed?.units, agreed?.credit, agreed && counts(agreed.seen)]).toEqual([5n, 2n, 3_600]);
  expect(unwrapOption(getCloseLeaseInstructionDataDecoder().decode((await closeLease(running, renter)).at(-1)!.data!).agreed)).toBeNull();
});
