// The program's own rules: Rust compiled to WebAssembly (`crates/wasm`).
//
// 64-bit integers are `bigint`, bytes go in as `Uint8Array` or base64 and come out as `Uint8Array`, accounts are
// their whole data. A rule that refuses says so in a sentence: in the answer's `refusal` where a form asks, as an
// `Error` elsewhere.

import type { ReadonlyUint8Array } from '@solana/kit';
import type {
  AccountSizes,
  AgreedOutcome,
  Bounds,
  Concentration,
  Deed,
  DisputeOutcome,
  Event,
  EvidenceCheck,
  Explanation,
  LeaseEffect,
  LeaseOutlook,
  ProposalOutlook,
  Quorum,
  Quote,
  ResolveOutcome,
  Role,
  Signature,
  Statement,
  UsageCheck,
  Weight,
} from './types';

export type * from './types';

/** Whether the program's rules let somebody do something now: anybody at all, or somebody in one of these `roles`. */
export const can = <A extends { kind: string }>(
  { deeds }: { deeds: readonly Deed<A>[] },
  kind: A['kind'],
  roles?: readonly Role[],
): boolean => deeds.some(({ who, act }) => act.kind === kind && (roles === undefined || roles.includes(who)));

/** Bytes, as they are or in base64. */
export type Bytes = ReadonlyUint8Array | string;

/** An instruction. */
export type Call = { program: string; accounts: string[]; data: Bytes };

type Exports = {
  memory: WebAssembly.Memory;
  // Addresses and lengths have 64 bits, as on the chain.
  allocate: (length: bigint) => bigint;
  ask: (request: bigint, length: bigint) => bigint;
  release: (memory: bigint, length: bigint) => void;
};

let module: Exports | undefined;
let loading: Promise<void> | undefined;

/** Loads the rules, once; to be awaited before anything asks. After a failure it is tried again. */
export function loadRules(): Promise<void> {
  loading ??= load().catch((error) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

async function load(): Promise<void> {
  const url = new URL('./rules.wasm', import.meta.url);
  const { instance } = url.protocol === 'file:' ? await fromFile(url) : await fromNetwork(url);
  module = instance.exports as Exports;
}

async function fromNetwork(url: URL) {
  const response = await fetch(url);
  if (!response.ok)
    throw new Error(`The program's rules could not be loaded (${response.status}). Try again.`);
  // Some static hosts do not know the type of the file, which streaming insists on.
  return response.headers.get('content-type') === 'application/wasm'
    ? WebAssembly.instantiateStreaming(response)
    : WebAssembly.instantiate(await response.arrayBuffer());
}

/** Under Node.js, which fetches no files. Bundlers for browsers see no import here. */
async function fromFile(url: URL) {
  const { readFile } = (
    globalThis as unknown as {
      process: { getBuiltinModule: (name: string) => typeof import('node:fs/promises') };
    }
  ).process.getBuiltinModule('node:fs/promises');
  return WebAssembly.instantiate(await readFile(url));
}

const toBase64 = (bytes: Uint8Array) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
const fromBase64 = (text: string) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));

const written = (_: string, value: unknown) =>
  typeof value === 'bigint' ? value.toString() : value instanceof Uint8Array ? toBase64(value) : value;

const read = (_: string, value: unknown) => {
  if (typeof value !== 'object' || value === null) return value;
  if ('$n' in value) return BigInt(value.$n as string);
  return '$b' in value ? fromBase64(value.$b as string) : value;
};

function ask<T>(rule: string, input: unknown = null): T {
  if (!module) throw new Error('The rules are not loaded.');
  const request = new TextEncoder().encode(`${rule}\n${JSON.stringify(input, written)}`);
  const at = module.allocate(BigInt(request.length));
  new Uint8Array(module.memory.buffer, Number(at), request.length).set(request);
  const answer = run(rule, () => module!.ask(at, BigInt(request.length)));
  const length = new DataView(module.memory.buffer, Number(answer), 8).getBigUint64(0, true);
  const text = new TextDecoder().decode(
    new Uint8Array(module.memory.buffer, Number(answer) + 8, Number(length)),
  );
  module.release(answer, length + 8n);
  const parsed = JSON.parse(text, read) as { ok: T } | { error: string };
  if ('error' in parsed) throw new Error(parsed.error);
  return parsed.ok;
}

/** A rule that panics stops its call, and nothing else. */
function run<T>(rule: string, call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw new Error(`The program's rules failed on ${rule}, which is a bug.`, { cause: error });
  }
}

const asked = {
  /** How a lease stands at `now`: phase, times, usage, money, and who can do what next. */
  leaseOutlook: (lease: Bytes, now: bigint) => ask<LeaseOutlook>('leaseOutlook', { lease, now }),
  /** Every role in which a key acts on a lease of a provider. */
  roles: (lease: Bytes, provider: Bytes, key: string) => ask<Role[]>('roles', { lease, provider, key }),
  /** What units of a lease are worth, base units, as far as its deposit covers them. */
  worth: (lease: Bytes, units: bigint) => ask<bigint>('worth', { lease, units }),
  /** GPU-seconds that a lease's GPUs can have delivered from its start until `time`. */
  capacityAt: (lease: Bytes, time: bigint) => ask<bigint>('capacityAt', { lease, time }),
  topUpEffect: (lease: Bytes, amount: bigint, now: bigint) => effect(lease, { change: 'topUp', amount }, now),
  /** `duration` counts from the start, seconds. */
  extendEffect: (lease: Bytes, duration: number, now: bigint) =>
    effect(lease, { change: 'extend', duration }, now),
  resizeEffect: (lease: Bytes, gpus: number, now: bigint) => effect(lease, { change: 'resize', gpus }, now),
  /** `party` gives notice, by whichever key of the renter's or the `provider`'s it is. */
  noticeEffect: (lease: Bytes, party: string, provider: Bytes, now: bigint) =>
    effect(lease, { change: 'terminate', party, provider }, now),
  expireEffect: (lease: Bytes, now: bigint) => effect(lease, { change: 'expire' }, now),
  startEffect: (lease: Bytes, now: bigint) => effect(lease, { change: 'start' }, now),
  /** What a renter who admits `units` brings about. */
  disputeOutcome: (lease: Bytes, units: bigint, now: bigint) =>
    ask<DisputeOutcome>('disputeOutcome', { lease, units, now }),
  /** How both parties would divide the vault who agree on `units` in all, and on a `credit` out of the bond. */
  agreedOutcome: (lease: Bytes, units: bigint, credit: bigint, now: bigint) =>
    ask<AgreedOutcome>('agreedOutcome', { lease, units, credit, now }),
  /** What an arbiter who finds `units` brings about. */
  resolveOutcome: (lease: Bytes, units: bigint, now: bigint) =>
    ask<ResolveOutcome>('resolveOutcome', { lease, units, now }),

  /** What a lease on an offer would cost. Without a deposit, the whole duration is paid. */
  quote: (wish: { offer: Bytes; gpus: number; duration: number; deposit?: bigint; feeBps: number }) =>
    ask<Quote>('quote', wish),
  /** Limits of what forms ask for. */
  bounds: () => ask<Bounds>('bounds'),
  /** Bytes of accounts, which their rent is paid for. */
  accountSizes: () => ask<AccountSizes>('accountSizes'),

  /** The bytes that report usage of a lease, for `signers` to sign: its attestor, and its verifier. Refused if the program would refuse it. */
  attestationMessage: (figures: {
    lease: Bytes;
    address: string;
    windowEnd: bigint;
    gpuSeconds: bigint;
    energyWh: bigint;
    evidence?: Bytes;
    attestor: string;
    signers: string[];
    now: bigint;
  }) => ask<Uint8Array>('attestationMessage', figures),
  /** The signed attestation as text, which the command line reads too. The signatures are verified. */
  signedAttestation: (message: Bytes, signatures: Signature[]) =>
    ask<string>('signedAttestation', { message, signatures }),
  /** What `attest` would say to a signed attestation, and what it would come to; with the signature of a `coSigner` who is asked for it. */
  checkUsage: (check: {
    text: string;
    lease: Bytes;
    address: string;
    attestor: string;
    coSigner?: string;
    now: bigint;
  }) => ask<UsageCheck>('checkUsage', check),
  /** What an evidence file says, and whether it agrees with what is signed in it and with the lease; `text` is all of it. */
  checkEvidence: (check: { text: string; lease: Bytes; address: string; attestor: string }) =>
    ask<EvidenceCheck>('checkEvidence', check),

  /** What a transaction that went through stated of leases; `inner` are the instructions that each instruction called. */
  statements: (landed: { instructions: Call[]; inner: Call[][]; logs: readonly string[] }) =>
    ask<Statement[]>('statements', landed),

  /** The X25519 key to a secret of 32 bytes. */
  accessPublicKey: (secret: Bytes) => ask<Uint8Array>('accessPublicKey', { secret }),
  /** Encrypts credentials to a lease's access key. `seed` is 32 fresh random bytes. */
  encryptAccess: (accessKey: Bytes, credentials: string, seed: Bytes) =>
    ask<Uint8Array>('encryptAccess', { accessKey, credentials, seed }),
  /** The credentials in a blob, as bytes: `credentialsOf` says what they are. */
  decryptAccess: (secret: Bytes, blob: Bytes) => ask<Uint8Array>('decryptAccess', { secret, blob }),

  /** Refuses a transaction that does anything but what parties sign together. */
  checkTogether: (instructions: Call[]) => ask<null>('checkTogether', { instructions }),

  /** Why a transaction failed: `error` as the RPC node gives it. */
  explain: (failure: { error: unknown; instructions: Call[]; logs: string[] }) =>
    ask<Explanation>('explain', { ...failure, error: rpcError(failure.error) }),
  /** The program's events in a transaction's logs, in their order. */
  events: (logs: readonly string[]) => ask<Event[]>('events', { logs }),
  /** Whether the cluster cut the logs off, so that events may be missing. */
  isTruncated: (logs: readonly string[]) => ask<boolean>('isTruncated', { logs }),

  /** How a proposal stands at `now`; `feeBps` is the rate in force, `gross` what a lease pays in the example. */
  proposalOutlook: (proposal: Bytes, feeBps: number, now: bigint, gross: bigint) =>
    ask<ProposalOutlook>('proposalOutlook', { proposal, feeBps, now, gross }),
  weightOfLock: (proposal: Bytes, lock: Bytes) => ask<Weight>('weightOfLock', { proposal, lock }),
  weightOfParticipant: (proposal: Bytes, participant: Bytes) =>
    ask<Weight>('weightOfParticipant', { proposal, participant }),
  /** What a participant's fees would weigh on a proposal made at `now`. */
  weightOfFees: (participant: Bytes, now: bigint) => ask<bigint>('weightOfFees', { participant, now }),
  /** What a proposal made at `now` would need; `supply` is that of the vote mint. */
  quorum: (governance: Bytes, supply: bigint, now: bigint) =>
    ask<Quorum>('quorum', { governance, supply, now }),
  concentration: (weights: readonly bigint[]) => ask<Concentration>('concentration', { weights }),
};

type Change =
  | { change: 'topUp'; amount: bigint }
  | { change: 'extend'; duration: number }
  | { change: 'resize'; gpus: number }
  | { change: 'terminate'; party: string; provider: Bytes }
  | { change: 'expire' }
  | { change: 'start' };

const effect = (lease: Bytes, change: Change, now: bigint) =>
  ask<LeaseEffect>('leaseEffect', { lease, now, ...change });

/** kit turns the numbers of an RPC error into `bigint`; they are small. */
const rpcError = (error: unknown): unknown =>
  JSON.parse(
    JSON.stringify(error, (_, value) => (typeof value === 'bigint' ? Number(value) : value)) ?? 'null',
  );

export type Rules = typeof asked;

/** The rules, once they are loaded. */
export const program = (): Rules => asked;
