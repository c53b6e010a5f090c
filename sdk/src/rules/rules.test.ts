import {
  getAddressEncoder,
  getBase64Decoder,
  getU64Encoder,
  type Address,
  type ReadonlyUint8Array,
} from '@solana/kit';
import { readFileSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import {
  ATTEST_BATCH_DISCRIMINATOR,
  ATTEST_DISCRIMINATOR,
  RESIZE_LEASE_DISCRIMINATOR,
  SETTLE_DISCRIMINATOR,
  getLeaseDecoder,
  getLeaseEncoder,
  getOfferDecoder,
  getOfferEncoder,
  getProposalDecoder,
  getProposalEncoder,
  getProviderDecoder,
  getProviderEncoder,
} from '../generated';
import { NOBODY } from '../addresses';
import { ED25519_PROGRAM } from '../attestation';
import { sha256 } from '../sha256';
import { numbered } from '../testing';
import { can, loadRules, program, type Role } from '.';

beforeAll(loadRules);

type Vector = {
  message: string;
  lease: string;
  window_end: string;
  gpu_seconds: string;
  energy_wh: string;
  evidence: string;
  precompile: string[];
  signatures: { role: string; public_key: string; signature: string }[];
};
type BatchVector = Pick<Vector, 'window_end' | 'precompile' | 'signatures'> & {
  leases: { lease: string; gpu_seconds: string; energy_wh: string }[];
};
type Fixture = { account: string; size: number; bytes: string };
const fixture = <T>(name: string) =>
  JSON.parse(readFileSync(new URL(`../../../tests/fixtures/${name}.json`, import.meta.url), 'utf8')) as T;
const vector = fixture<Vector>('attestation');
const batch = fixture<BatchVector>('batch');
const accounts = fixture<Fixture[]>('accounts');
const bytes = (hex: string) => Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
const account = (name: string) => accounts.find((known) => known.account === name)!;

const DAY = 86_400;
/** Two tokens of six decimals per GPU-hour, as in docs/protocol/money.md. */
const terms = {
  ...getOfferDecoder().decode(new Uint8Array(account('Offer').size)).terms,
  price: 2_000_000n,
  minDuration: 3_600,
  maxDuration: 30 * DAY,
  notice: 3_600,
  challengeWindow: 600,
  heartbeatTimeout: 900,
  slaUptimeBps: 9_900,
  slaPenaltyBps: 10_000,
  bondHours: 2,
};

function offer(changes: Partial<typeof terms> = {}) {
  const zero = getOfferDecoder().decode(new Uint8Array(account('Offer').size));
  return getOfferEncoder().encode({
    ...zero,
    version: 1,
    terms: { ...terms, ...changes },
    gpus: 8,
    gpusFree: 8,
    isOpen: 1,
  }) as Uint8Array;
}

/** Eight GPUs for a day from second 1000 on, all of it paid. */
function lease(changes: Partial<ReturnType<typeof zeroLease>> = {}) {
  const zero = zeroLease();
  return getLeaseEncoder().encode({
    ...zero,
    version: 1,
    state: 1,
    terms,
    gpus: 8,
    duration: DAY,
    feeBps: 100,
    startedAt: 1_000n,
    endsAt: 87_400n,
    promisedUntil: 87_400n,
    ledger: { ...zero.ledger, deposited: 384_000_000n, bond: 32_000_000n },
    meter: {
      ...zero.meter,
      gpus: 8,
      segmentStart: 1_000n,
      windowEnd: 1_000n,
      revivedAt: 0n,
      heartbeat: { time: 1_000n, slot: 0n },
    },
    ...changes,
  }) as Uint8Array;
}
const zeroProvider = () => getProviderDecoder().decode(new Uint8Array(account('Provider').size));
const zeroLease = () => getLeaseDecoder().decode(new Uint8Array(account('Lease').size));

/** With an hour of all GPUs claimed. */
function claimed() {
  const claim = { units: 28_800n, submitted: { time: 4_600n, slot: 0n } };
  return lease({
    meter: {
      ...zeroLease().meter,
      gpus: 8,
      segmentStart: 1_000n,
      windowEnd: 4_600n,
      revivedAt: 0n,
      heartbeat: { time: 4_600n, slot: 0n },
      attestedFundable: 28_800n,
      maturing: claim,
      latest: claim,
    },
  });
}

test('a quote spells out what a lease costs', () => {
  const quote = program().quote({ offer: offer(), gpus: 8, duration: DAY, feeBps: 100 });
  expect(quote).toMatchObject({
    total: 384_000_000n,
    fee: 3_840_000n,
    payout: 380_160_000n,
    deposit: 384_000_000n,
    minimumDeposit: 16_000_000n,
    fundedSeconds: BigInt(DAY),
    bond: 32_000_000n,
    credit: 32_000_000n,
    refusal: null,
  });
});

test('a quote says why the program would refuse', () => {
  expect(program().quote({ offer: offer(), gpus: 9, duration: DAY, feeBps: 100 }).refusal).toContain(
    'fewer GPUs',
  );
  const poor = program().quote({ offer: offer(), gpus: 8, duration: DAY, feeBps: 100, deposit: 15_999_999n });
  expect(poor.refusal).toContain('shortest duration');
  expect(poor.fundedSeconds).toBe(3_599n);
});

test('integers are exact beyond 2^53 and 2^63', () => {
  const wish = { offer: offer(), gpus: 1, duration: DAY, feeBps: 100 };
  for (const deposit of [2n ** 53n + 1n, 2n ** 63n, 2n ** 64n - 1n])
    expect(program().quote({ ...wish, deposit }).deposit).toBe(deposit);
  expect(() => program().quote({ ...wish, deposit: 2n ** 64n })).toThrow('something unknown');
  expect(program().concentration([2n ** 64n - 1n, 1n]).giniBps).toBe(4_999);
});

test('a lease stands as its claims and its deposit say', () => {
  const { phase, fundedUntil, expirableFrom, claimMaturesAt, usage, money, deeds } = program().leaseOutlook(
    claimed(),
    4_700n,
  );
  expect(phase).toBe('running');
  expect([fundedUntil, expirableFrom, claimMaturesAt]).toEqual([87_400n, 5_501n, 5_200n]);
  expect(usage).toMatchObject({ capacity: 29_600n, promised: 29_304n, accepted: 0n, claimed: 28_800n });
  expect(money).toMatchObject({ due: 0n, inChallenge: 16_000_000n, refundable: 368_000_000n });
  expect(deeds).toContainEqual({
    who: 'renter',
    act: { kind: 'dispute', until: 5_199n, accepted: 0n, claimed: 28_800n, stake: 1_600_000n },
  });
  const later = program().leaseOutlook(claimed(), 5_200n);
  expect(later.money).toMatchObject({ due: 16_000_000n, duePayout: 15_840_000n, inChallenge: 0n });
});

test('changes are rehearsed, and refused with the reason', () => {
  const half = lease({ ledger: { ...zeroLease().ledger, deposited: 192_000_000n, bond: 32_000_000n } });
  expect(program().leaseOutlook(half, 1_001n).fundedUntil).toBe(44_200n);
  expect(program().topUpEffect(half, 192_000_000n, 1_001n).after?.fundedUntil).toBe(87_400n);
  expect(program().extendEffect(half, 2 * DAY, 1_001n).after?.endsAt).toBe(173_800n);
  expect(program().resizeEffect(half, 9, 1_001n).bond).toBe(4_000_000n);
  expect(program().topUpEffect(half, 0n, 1_001n)).toEqual({
    refusal: expect.stringContaining('above zero') as string,
    after: null,
    bond: 0n,
  });
});

test('a key is in a lease what the program says', () => {
  const keys = (['renter', 'payer', 'guard', 'wallet', 'attestor', 'operator', 'stranger'] as const).map(
    (name, i) => [name, numbered(i + 1)] as const,
  );
  const key = Object.fromEntries(keys) as Record<(typeof keys)[number][0], Address>;
  const provider = getProviderEncoder().encode({
    ...zeroProvider(),
    version: 1,
    authority: key.wallet,
    attestor: key.attestor,
    operator: key.operator,
  }) as Uint8Array;
  const of = (who: Address, sessionKey = key.guard) =>
    program()
      .roles(lease({ renter: key.renter, payer: key.payer, sessionKey }), provider, who)
      .filter((role) => role !== 'anyone');
  expect(keys.map(([name, who]) => [name, of(who)])).toEqual([
    ['renter', ['renter', 'both']],
    ['payer', ['payer']],
    ['guard', ['sessionKey']],
    ['wallet', ['provider', 'both']],
    ['attestor', ['attestor']],
    ['operator', ['operator', 'both']],
    ['stranger', []],
  ]);
  // A session key is one whoever else it is.
  for (const own of [key.wallet, key.attestor, key.operator]) expect(of(own, own)).toContain('sessionKey');
  expect(of(key.attestor, key.attestor)).toEqual(['sessionKey', 'attestor']);
  expect(of(NOBODY, NOBODY)).toEqual(['arbiter']);
});

test('what can be done is told by the roles that somebody has', () => {
  const outlook = program().leaseOutlook(
    lease({ sessionKey: numbered(3), provider: numbered(4), offer: numbered(5) }),
    1_100n,
  );
  const of = (...roles: Role[]) =>
    (['topUp', 'coSign', 'extend', 'terminate', 'publishAccess', 'closeTogether'] as const).filter((kind) =>
      can(outlook, kind, roles),
    );
  expect(of('anyone')).toEqual(['topUp']);
  expect(of('renter')).toEqual(['coSign', 'extend', 'terminate']);
  expect(of('sessionKey')).toEqual(['coSign', 'terminate']);
  expect(of('provider')).toEqual(['terminate', 'publishAccess']);
  expect(of('operator')).toEqual(['publishAccess']);
  expect(of('both', 'anyone')).toEqual(['topUp', 'closeTogether']);
  expect([can(outlook, 'attest'), can(outlook, 'start')]).toEqual([true, false]);
});

test('notice is given by whoever may, and an operator leaves only what nothing pays', () => {
  const [renter, wallet, operator, attestor] = [1, 2, 3, 4].map(numbered) as [
    Address,
    Address,
    Address,
    Address,
  ];
  const provider = getProviderEncoder().encode({
    ...zeroProvider(),
    version: 1,
    authority: wallet,
    attestor,
    operator,
  }) as Uint8Array;
  const paid = lease({ renter });
  const unpaid = lease({
    renter,
    ledger: { ...zeroLease().ledger, deposited: 16_000_000n, bond: 32_000_000n },
  });
  const notice = (of: Uint8Array, party: Address) => program().noticeEffect(of, party, provider, 9_000n);
  expect([renter, wallet].map((party) => notice(paid, party).after?.endsAt)).toEqual([12_600n, 12_600n]);
  expect(notice(paid, operator).refusal).toContain('operator');
  expect(notice(unpaid, operator).after?.endsAt).toBe(9_000n);
  expect(notice(unpaid, attestor).refusal).not.toBeNull();
});

test('a dispute is shown in money before it is opened', () => {
  const {
    refusal,
    accepted,
    claimed: stated,
    consequences,
  } = program().disputeOutcome(claimed(), 14_400n, 4_700n);
  expect([refusal, accepted, stated]).toEqual([null, 0n, 28_800n]);
  expect(consequences).toMatchObject({ inDispute: 8_000_000n, stake: 800_000n });
  expect(consequences?.best).toMatchObject({ units: 14_400n, feeFromRenter: 0n, feeFromProvider: 800_000n });
  expect(consequences?.undecided).toMatchObject({ units: 21_600n, feeFromRenter: 0n, feeFromProvider: 0n });
  expect(program().disputeOutcome(claimed(), 28_800n, 4_700n).refusal).toContain('figure');
});

test('the golden record agrees with what was signed, and not with a lease that has attested nothing else', () => {
  const golden = fixture<{ units: string; energy_wh: string; heads: string[]; file: unknown }>('evidence');
  const of = (text: string) =>
    program().checkEvidence({ text, lease: lease(), address: vector.lease, attestor: numbered(1) });
  const check = of(JSON.stringify(golden.file));
  expect(check).toMatchObject({
    units: BigInt(golden.units),
    energyWh: BigInt(golden.energy_wh),
    evidence: bytes(golden.heads[7]!),
    plain: 138n,
  });
  expect(check.causes).toContainEqual({ cause: 'ended', seconds: 11n, isDelivered: true });
  const matching = check.comparisons.filter(({ matches }) => matches).map((it) => `${it.with} ${it.subject}`);
  expect(matching).toEqual(['statement life', 'statement units', 'statement energyWh', 'statement evidence']);
  expect(() => of('{}')).toThrow('not an evidence file');
});

test('usage is signed as the golden vector says', () => {
  const signatures = vector.signatures.map(({ public_key, signature }) => ({
    publicKey: public_key,
    signature: bytes(signature),
  }));
  const text = program().signedAttestation(bytes(vector.message), signatures.slice(0, 1));
  expect(Uint8Array.from(atob(text), (c) => c.charCodeAt(0))).toEqual(bytes(vector.precompile[0]!));
  const check = { lease: lease(), address: vector.lease, attestor: signatures[0]!.publicKey, now: 2_000n };
  const all = program().checkUsage({
    text: program().signedAttestation(bytes(vector.message), signatures),
    ...check,
  }).attestation;
  expect(all).toMatchObject({
    lease: vector.lease,
    windowEnd: BigInt(vector.window_end),
    gpuSeconds: BigInt(vector.gpu_seconds),
  });
  expect(all.signatures).toEqual(signatures);
  expect(all.message).toEqual(bytes(vector.message));
  const forged = [{ ...signatures[0]!, signature: signatures[1]!.signature }];
  expect(() => program().signedAttestation(bytes(vector.message), forged)).toThrow('does not match');
});

test('usage is to be signed only by those who may, and only if the program would take it', () => {
  const [attestor, renter] = [numbered(1), numbered(2)];
  const figures = {
    lease: lease({ renter }),
    address: vector.lease,
    windowEnd: 4_600n,
    gpuSeconds: 28_800n,
    energyWh: 0n,
    attestor,
    signers: [attestor],
    now: 4_600n,
  };
  expect(program().attestationMessage(figures)).toHaveLength(137);
  expect(() => program().attestationMessage({ ...figures, signers: [attestor, renter] })).toThrow(
    `${renter} is not a party`,
  );
  expect(() => program().attestationMessage({ ...figures, gpuSeconds: 28_801n })).toThrow(
    'can have delivered',
  );
  expect(() => program().attestationMessage({ ...figures, now: 4_599n })).toThrow('window');
});

test('a signed attestation is checked by the rules of the program', () => {
  const attestor = vector.signatures[0]!;
  const text = program().signedAttestation(bytes(vector.message), [
    { publicKey: attestor.public_key, signature: bytes(attestor.signature) },
  ]);
  const check = program().checkUsage({
    text,
    lease: lease(),
    address: vector.lease,
    attestor: attestor.public_key,
    now: 2_000n,
  });
  expect(check.signers).toEqual([{ address: attestor.public_key, role: 'attestor' }]);
  expect(check.refusal).toContain('lease');
  expect(check.precompile).toEqual(bytes(vector.precompile[0]!));
  const asked = program().checkUsage({
    text,
    lease: lease(),
    address: vector.lease,
    attestor: attestor.public_key,
    coSigner: numbered(9),
    now: 2_000n,
  });
  expect(asked.refusal).toContain('is not a party to this lease');
});

/** An event as the program logs it. */
async function logged(event: string, ...fields: ReadonlyUint8Array[]) {
  const name = (await sha256(new TextEncoder().encode(`event:${event}`))).slice(0, 8);
  return `Program data: ${getBase64Decoder().decode(Uint8Array.from([name, ...fields].flatMap((part) => [...part])))}`;
}

test('a batch states the usage of each of its leases, and its event says which rows count', async () => {
  const ours = 'GPULease11111111111111111111111111111111111';
  const provider = numbered(1);
  const leases = batch.leases.map(({ lease }) => lease);
  const instructions = [
    { program: ED25519_PROGRAM, accounts: [], data: bytes(batch.precompile[2]!) },
    {
      program: ours,
      accounts: [provider, numbered(2), ...leases],
      data: Uint8Array.from(ATTEST_BATCH_DISCRIMINATOR),
    },
  ];
  const whole = async (applied: bigint) => [
    `Program ${ours} invoke [1]`,
    await logged(
      'BatchAttested',
      getAddressEncoder().encode(provider),
      ...[BigInt(batch.window_end), 3n, applied].map((figure) => getU64Encoder().encode(figure)),
    ),
    `Program ${ours} success`,
  ];
  const stated = (logs: string[], all = instructions) =>
    program().statements({ instructions: all, inner: all.map(() => []), logs });
  const rows = stated(await whole(0b101n));
  expect(rows).toEqual(
    batch.leases.map(({ lease, gpu_seconds, energy_wh }, i) => ({
      lease,
      windowEnd: BigInt(batch.window_end),
      gpuSeconds: BigInt(gpu_seconds),
      energyWh: BigInt(energy_wh),
      signers: batch.signatures.map(({ public_key }) => public_key),
      counts: i !== 1,
    })),
  );
  // Where the log is cut, nothing says which rows count; and without the program's instruction nothing is stated.
  expect(stated([`Program ${ours} invoke [1]`, 'Log truncated']).map(({ counts }) => counts)).toEqual([
    null,
    null,
    null,
  ]);
  expect(stated(await whole(7n), instructions.slice(0, 1))).toEqual([]);
  expect(
    stated(await whole(7n), [
      instructions[0]!,
      { ...instructions[1]!, accounts: [provider, numbered(2), ...leases.toReversed()] },
    ]),
  ).toEqual([]);
});

test('one lease is stated by itself, and counts', () => {
  const ours = 'GPULease11111111111111111111111111111111111';
  const attest = (lease: string) => ({
    program: ours,
    accounts: [lease, numbered(1), numbered(2)],
    data: Uint8Array.from(ATTEST_DISCRIMINATOR),
  });
  const precompile = { program: ED25519_PROGRAM, accounts: [], data: bytes(vector.precompile[0]!) };
  const stated = (lease: string) =>
    program().statements({ instructions: [precompile, attest(lease)], inner: [[], []], logs: [] });
  expect(stated(vector.lease)).toMatchObject([
    {
      lease: vector.lease,
      gpuSeconds: BigInt(vector.gpu_seconds),
      signers: [vector.signatures[0]!.public_key],
      counts: true,
    },
  ]);
  expect(stated(numbered(3))).toEqual([]);
});

test('only the key of the lease opens its credentials', () => {
  const [secret, other, seed] = [1, 2, 3].map((byte) => new Uint8Array(32).fill(byte)) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ];
  const blob = program().encryptAccess(program().accessPublicKey(secret), 'ssh root@203.0.113.7', seed);
  expect(program().decryptAccess(secret, blob)).toEqual(new TextEncoder().encode('ssh root@203.0.113.7'));
  expect(() => program().decryptAccess(other, blob)).toThrow('does not open');
});

test('errors of the cluster are put in words', () => {
  const ours = 'GPULease11111111111111111111111111111111111';
  const settle = {
    program: ours,
    accounts: Array.from({ length: 6 }, () => ours),
    data: Uint8Array.from(SETTLE_DISCRIMINATOR),
  };
  const explanation = program().explain({
    error: { InstructionError: [0n, { Custom: 6312n }] },
    instructions: [settle],
    logs: ['a'],
  });
  expect(explanation).toMatchObject({
    instruction: 'settle',
    number: 6312,
    name: 'FeeAboveAgreed',
    logs: ['a'],
  });
  expect(program().explain({ error: 'BlockhashNotFound', instructions: [], logs: [] }).name).toBe(
    'BlockhashNotFound',
  );
  expect(program().explain({ error: { Unheard: 1 }, instructions: [], logs: [] }).what).toContain('Unheard');
});

test('only what parties sign together is signed for another party', () => {
  const ours = 'GPULease11111111111111111111111111111111111';
  const accounts = Array.from({ length: 20 }, () => ours);
  const call = (discriminator: ReadonlyUint8Array, ...args: number[]) => ({
    program: ours,
    accounts,
    data: Uint8Array.from([...discriminator, ...args]),
  });
  const resize = call(RESIZE_LEASE_DISCRIMINATOR, ...new Uint8Array(52));
  expect(program().checkTogether([resize])).toBeNull();
  expect(() => program().checkTogether([resize, call(SETTLE_DISCRIMINATOR)])).toThrow('contains settle');
  const transfer = {
    program: '1'.repeat(32),
    accounts: [ours, ours],
    data: Uint8Array.of(2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0),
  };
  expect(() => program().checkTogether([resize, transfer])).toThrow('do not sign it');
});

test('a proposal says what it changes', () => {
  const zero = getProposalDecoder().decode(new Uint8Array(account('Proposal').size));
  const proposal = getProposalEncoder().encode({
    ...zero,
    version: 1,
    deposit: 1n,
    endsAt: 1_000n,
    timelock: 100,
    executionWindow: 50,
    feeBps: 100,
    action: { ...zero.action, kind: 0, feeBps: 125 },
    tokens: { votesFor: 10n, votesAgainst: 3n, electorate: 100n, quorum: 10n },
    participants: { votesFor: 0n, votesAgainst: 0n, electorate: 10n, quorum: 1n },
  }) as Uint8Array;
  expect(program().proposalOutlook(proposal, 100, 900n, 100_000_000n)).toMatchObject({
    phase: 'voting',
    action: { action: 'set_fee', feeBps: 125n },
    standing: { hasQuorum: true, hasMajority: true, isRefused: false, passes: true },
    executableFrom: 1_100n,
    expiresAt: 1_150n,
    asksParticipants: true,
    isVoid: false,
    example: {
      gross: 100_000_000n,
      feeBefore: 1_000_000n,
      feeAfter: 1_250_000n,
      payoutBefore: 99_000_000n,
      payoutAfter: 98_750_000n,
    },
  });
  expect(program().proposalOutlook(proposal, 110, 900n, 1n).isVoid).toBe(true);
});

test('sizes of accounts are those that the program makes', () => {
  expect(program().accountSizes()).toEqual({
    provider: account('Provider').size,
    offer: account('Offer').size,
    lease: account('Lease').size,
    participant: account('Participant').size,
    voteLock: account('VoteLock').size,
    proposal: account('Proposal').size,
    voteRecord: account('VoteRecord').size,
  });
  expect(program().bounds()).toMatchObject({
    maxFeeBps: 500,
    maxPrice: 2n ** 50n,
    gpuModelBytes: 32,
    descriptionUriBytes: 136,
  });
});
