import {
  ASSOCIATED_TOKEN_PROGRAM_ADDRESS,
  TOKEN_PROGRAM_ADDRESS,
  parseCreateAssociatedTokenIdempotentInstruction,
  parseTransferCheckedInstruction,
} from '@solana-program/token';
import { isSignerRole, unwrapOption, type Address, type Instruction } from '@solana/kit';
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
  parseCloseLeaseInstruction,
  parsePublishAccessInstruction,
  parseResizeLeaseInstruction,
  parseStartLeaseInstruction,
  parseUpdateProviderInstruction,
  parseWithdrawBondInstruction,
} from './generated';
import { tokenAccount } from './addresses';
import {
  cancelLease,
  closeLease,
  disputeLease,
  expireLease,
  extendLease,
  payIntoBondAccount,
  publishAccess,
  resizeLease,
  startLease,
  terminateLease,
  topUp,
  updateProvider,
  withdrawBond,
} from './instruction';
import { lifeOf } from './seen';
import { now } from './clock';
import { fits } from './fits';
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
Object.assign(running.lease, {
  startedAt: 1_000n,
  endsAt: 4_600n,
  meter: { gpus: 4, windowEnd: 2_000n },
  ledger: { bond: 7n },
  terms: { ...running.lease.terms, notice: 600 },
});

const wallet = { key: authority, isPooled: false };

/** Seconds for which a signature counts. */
const counts = ({ validUntil }: { validUntil: bigint }) => Number(validUntil - now());

it('signs for the lease that was shown, and for what was shown of it', async () => {
  const life = await lifeOf(running.lease);
  const topped = getTopUpInstructionDataDecoder().decode((await topUp(running, anyone, 5n)).data);
  expect([topped.minEndsAt, counts(topped.seen)]).toEqual([4_600n, 300]);
  expect(topped.seen.life).toEqual(life);
  const disputed = getDisputeLeaseInstructionDataDecoder().decode(
    (await disputeLease(running, renter, 5n)).data,
  );
  expect([disputed.maxStake, disputed.seen.life]).toEqual([7n, life]);
  const extended = getExtendLeaseInstructionDataDecoder().decode((await extendLease(running, 7_200)).data);
  expect([extended.gpus, extended.duration, extended.seen.life]).toEqual([4, 7_200, life]);
  const expired = getExpireLeaseInstructionDataDecoder().decode((await expireLease(running, renter)).data);
  expect([expired.windowEnd, expired.seen.life]).toEqual([2_000n, life]);
  const ended = getTerminateLeaseInstructionDataDecoder().decode(
    (await terminateLease(running, renter, now() + 600n)).data,
  );
  // The notice counts from when it lands.
  expect([ended.maxEndsAt - ended.seen.validUntil, ended.seen.life]).toEqual([600n, life]);
  const left = getTerminateLeaseInstructionDataDecoder().decode(
    (await terminateLease(running, authority, now())).data,
  );
  expect(left.maxEndsAt).toBe(left.seen.validUntil);
});

it('signs for an hour what the other party signs too', async () => {
  const grown = getResizeLeaseInstructionDataDecoder().decode((await resizeLease(running, wallet, 5)).data);
  expect([grown.duration, grown.from, grown.to, counts(grown.seen)]).toEqual([3_600, 4, 5, 3_600]);
  const shrunk = getResizeLeaseInstructionDataDecoder().decode((await resizeLease(running, wallet, 3)).data);
  expect(counts(shrunk.seen)).toBe(300);
  const data = (await closeLease(running, renter, { units: 5n, credit: 2n, key: authority })).at(-1)?.data;
  const agreed = unwrapOption(getCloseLeaseInstructionDataDecoder().decode(data!).agreed);
  expect([agreed?.units, agreed?.credit, agreed && counts(agreed.seen)]).toEqual([5n, 2n, 3_600]);
  expect(
    unwrapOption(
      getCloseLeaseInstructionDataDecoder().decode((await closeLease(running, renter)).at(-1)!.data!).agreed,
    ),
  ).toBeNull();
});

const operator = numbered(5);
const { provider, token } = running;
const bondAccount = () => tokenAccount(provider.address, token);
const signing = ({ accounts = [] }: Instruction) =>
  accounts.filter(({ role }) => isSignerRole(role)).map(({ address }) => address);

it('takes bonds out of the wallet of who signs, or out of the bond account', async () => {
  const blob = new Uint8Array([1, 2]);
  const sources = [wallet, { key: authority, isPooled: true }, { key: operator, isPooled: true }];
  const started = await Promise.all(
    sources.map(async (by) => parseStartLeaseInstruction(await startLease(running, by, blob)).accounts),
  );
  expect(started.map(({ authority, bondToken }) => [authority.address, bondToken.address])).toEqual([
    [authority, await tokenAccount(authority, token)],
    [authority, await bondAccount()],
    [operator, await bondAccount()],
  ]);
  const grown = await resizeLease(running, { key: operator, isPooled: true }, 5);
  expect(parseResizeLeaseInstruction(grown).accounts.bondToken.address).toBe(await bondAccount());
  expect(signing(grown)).toEqual([renter, operator]);
  expect(signing(await resizeLease(running, { key: operator, isPooled: true }, 3))).toEqual([renter]);
});

it('returns a bond to where it came from, and makes sure that it can', async () => {
  const closed = async (bondIsPooled: number) => {
    const instructions = await closeLease({ ...running, lease: { ...running.lease, bondIsPooled } }, anyone);
    const { accounts } = parseCloseLeaseInstruction(instructions.at(-1) as never);
    return { owners: created(instructions).map(([owner]) => owner), bondToken: accounts.bondToken.address };
  };
  expect(await closed(0)).toEqual({
    owners: [authority, payer],
    bondToken: await tokenAccount(authority, token),
  });
  expect(await closed(1)).toEqual({
    owners: [authority, payer, provider.address],
    bondToken: await bondAccount(),
  });
});

it('closes together with whichever of the provider’s keys agrees', async () => {
  const close = (await closeLease(running, renter, { units: 5n, credit: 0n, key: operator })).at(-1)!;
  expect(signing(close)).toEqual([renter, operator]);
  expect(parseCloseLeaseInstruction(close as never).accounts.payoutToken.address).toBe(
    await tokenAccount(authority, token),
  );
});

it('closes in one transaction, however many parties there are', async () => {
  const pooled = { ...running, lease: { ...running.lease, bondIsPooled: 1 } };
  const close = await closeLease(pooled, anyone, { units: 5n, credit: 2n, key: operator });
  expect(fits(anyone, close)).toBe(true);
});

it('disputes by the key that acts for the renter, which pays the stake', async () => {
  const guard = numbered(6);
  expect(signing(await disputeLease(running, guard, 5n))).toEqual([guard, guard]);
});

it('names what it replaces: credentials and keys', async () => {
  const hash = new Uint8Array(32).fill(9);
  const shown = { ...running, lease: { ...running.lease, accessBlobHash: hash } };
  const { accounts, data } = parsePublishAccessInstruction(
    await publishAccess(shown, operator, new Uint8Array([3])),
  );
  expect([accounts.authority.address, data.replaced, data.accessBlob]).toEqual([
    operator,
    hash,
    new Uint8Array([3]),
  ]);
  expect([counts(data.seen), data.seen.life]).toEqual([300, await lifeOf(running.lease)]);
  const keys = { attestor: numbered(7), operator: numbered(8) };
  const updated = parseUpdateProviderInstruction(
    updateProvider({ ...provider, attestor: numbered(9), operator }, keys),
  ).data;
  expect([updated.replaced, updated.keys, counts(updated)]).toEqual([
    { attestor: numbered(9), operator },
    keys,
    300,
  ]);
});

it('pays into a bond account that it creates if it is missing, and withdraws to the wallet alone', async () => {
  const mint = { ...token, decimals: 6 };
  const [create, transfer] = await payIntoBondAccount(anyone, provider.address, mint, 25n);
  expect(parseCreateAssociatedTokenIdempotentInstruction(create as never).accounts.owner.address).toBe(
    provider.address,
  );
  const moved = parseTransferCheckedInstruction(transfer as never);
  expect(transfer!.programAddress).toBe(TOKEN_PROGRAM_ADDRESS);
  expect([
    moved.accounts.source.address,
    moved.accounts.destination.address,
    moved.data.amount,
    moved.data.decimals,
  ]).toEqual([await tokenAccount(anyone, token), await bondAccount(), 25n, 6]);
  const withdrawal = await withdrawBond(provider, mint, 25n);
  const { accounts, data } = parseWithdrawBondInstruction(withdrawal.at(-1) as never);
  expect([accounts.bondAccount.address, accounts.destination.address, data.amount, counts(data)]).toEqual([
    await bondAccount(),
    await tokenAccount(authority, token),
    25n,
    300,
  ]);
});
