// A transaction's way: simulated, prepared, signed; `follow.ts` goes on.

import {
  appendTransactionMessageInstructions,
  compileTransaction,
  createTransactionMessage,
  getAddressDecoder,
  getBase58Decoder,
  getBase64Decoder,
  getBase64Encoder,
  getBase64EncodedWireTransaction,
  getCompiledTransactionMessageDecoder,
  getTransactionDecoder,
  getTransactionEncoder,
  getU64Decoder,
  isAdvanceNonceAccountInstruction,
  isWritableRole,
  pipe,
  setTransactionMessageFeePayer,
  setTransactionMessageLifetimeUsingBlockhash,
  type Address,
  type Blockhash,
  type Instruction,
  type ReadonlyUint8Array,
  type Signature,
  type Transaction,
} from '@solana/kit';
import {
  COMPUTE_BUDGET_PROGRAM_ADDRESS,
  getSetComputeUnitLimitInstruction,
  getSetComputeUnitPriceInstruction,
} from '@solana-program/compute-budget';
import { getMintSize, getTokenSize } from '@solana-program/token';
import { NOBODY } from './addresses';
import type { Node } from './node';
import type { Nonce } from './nonce';
import { loadRules, program, type Call, type Explanation } from './rules';

/** Something to sign. */
export type TransactionRequest = {
  instructions: Instruction[];
  /** Pays the network fee. */
  payer: Address;
  /** What it rests on in the place of a blockhash; then it begins with the advance of that. */
  nonce?: Nonce;
};

/** How a balance changes. */
export type BalanceChange = {
  owner: Address;
  /** `undefined` for SOL. */
  mint: Address | undefined;
  change: bigint;
  /** Of the mint, as the cluster has it. */
  decimals: number;
};

/** What a transaction would do. */
export type Preview = {
  changes: BalanceChange[];
  /** Lamports that accounts which are not wallets come to hold: rent, deposits of proposals; negative if they give some back. */
  rent: bigint;
  /** Lamports of the network fee that the changes include. */
  fee: bigint;
  computeUnits: bigint;
  /** Why it would be refused, if so. */
  refusal: Explanation | undefined;
};

type Lifetime = { blockhash: Blockhash; lastValidBlockHeight: bigint };

/** Blocks for which a blockhash counts. */
export const BLOCKHASH_LIFE = 150n;

/** At most this many micro-lamports per compute unit are offered. */
const HIGHEST_PRICE = 1_000_000n;
const MOST_UNITS = 1_400_000;

const isBudget = ({ programAddress }: Instruction) => programAddress === COMPUTE_BUDGET_PROGRAM_ADDRESS;

/** The request with what it offers for its execution, if it does not say so itself. A nonce is advanced before all else. */
function budgeted<R extends TransactionRequest>(request: R, units: number, microLamports: bigint): R {
  const { instructions } = request;
  if (instructions.some(isBudget)) return request;
  const first = request.nonce ? 1 : 0;
  const budget = [
    getSetComputeUnitLimitInstruction({ units }),
    ...(microLamports > 0n ? [getSetComputeUnitPriceInstruction({ microLamports })] : []),
  ];
  return {
    ...request,
    instructions: [...instructions.slice(0, first), ...budget, ...instructions.slice(first)],
  };
}

/** The request as if it needed no nonce. Its advance, which moves nothing, is refused in the block that the nonce was opened in. */
function withoutNonce({ nonce, instructions, payer }: TransactionRequest): TransactionRequest {
  return { payer, instructions: nonce ? instructions.slice(1) : instructions };
}

/** In the oldest form, which every wallet and the command line read; nothing here needs tables of addresses. */
const compile = ({ instructions, payer }: TransactionRequest, lifetime: Lifetime): Transaction =>
  pipe(
    createTransactionMessage({ version: 'legacy' }),
    (message) => setTransactionMessageFeePayer(payer, message),
    (message) => setTransactionMessageLifetimeUsingBlockhash(lifetime, message),
    (message) => appendTransactionMessageInstructions(instructions, message),
    compileTransaction,
  );

async function latestLifetime({ rpc }: Node): Promise<Lifetime> {
  const { value } = await rpc.getLatestBlockhash({ commitment: 'confirmed' }).send();
  return value;
}

/** What three quarters of the recent transactions on the same accounts stayed below. */
async function recentPrice({ rpc }: Node, writable: Address[]): Promise<bigint> {
  const fees = await rpc
    .getRecentPrioritizationFees(writable.slice(0, 128))
    .send()
    .catch(() => []);
  const sorted = fees
    .map(({ prioritizationFee }) => BigInt(prioritizationFee))
    .sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const price = sorted[Math.floor(sorted.length * 0.75)] ?? 0n;
  return price < HIGHEST_PRICE ? price : HIGHEST_PRICE;
}

const writableOf = ({ instructions, payer }: TransactionRequest): Address[] => [
  ...new Set([
    payer,
    ...instructions.flatMap(({ accounts = [] }) =>
      accounts.filter(({ role }) => isWritableRole(role)).map(({ address }) => address),
    ),
  ]),
];

type Balance = { owner: Address; mint: Address | undefined; amount: bigint };

/** The mint of wrapped SOL: what a token account holds of it are lamports of that account. */
const WRAPPED_SOL = 'So11111111111111111111111111111111111111112';
type RawAccount = { owner: Address; lamports: bigint; data: readonly [string, string] } | null;

/** SPL Token and Token-2022. */
export const TOKEN_PROGRAMS = [
  'TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA',
  'TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb',
];
/** The system program, which owns wallets, has the address of nobody. */
const SYSTEM_PROGRAM = NOBODY;

/** What an account holds of whose money: tokens of a token account, SOL of a wallet. */
function balance(address: Address, account: RawAccount): Balance | undefined {
  if (!account) return undefined;
  const data = getBase64Encoder().encode(account.data[0]) as Uint8Array;
  if (TOKEN_PROGRAMS.includes(account.owner) && data.length >= getTokenSize()) {
    const [mint, owner] = [getAddressDecoder().decode(data, 0), getAddressDecoder().decode(data, 32)];
    return { mint, owner, amount: getU64Decoder().decode(data, 64) };
  }
  return account.owner === SYSTEM_PROGRAM
    ? { owner: address, mint: undefined, amount: account.lamports }
    : undefined;
}

type Sum = Omit<BalanceChange, 'decimals'>;

function changes(addresses: Address[], before: RawAccount[], after: RawAccount[]): Sum[] {
  const sums = new Map<string, Sum>();
  const add = (known: Balance | undefined, sign: bigint) => {
    if (!known) return;
    const { owner, mint, amount } = known;
    const key = `${owner} ${mint}`;
    sums.set(key, { owner, mint, change: (sums.get(key)?.change ?? 0n) + sign * amount });
  };
  // Apart, since an account may be of another kind after: a closed vault's tokens are not SOL.
  addresses.forEach((address, i) => {
    add(balance(address, before[i] ?? null), -1n);
    add(balance(address, after[i] ?? null), 1n);
  });
  return [...sums.values()].filter(({ change }) => change !== 0n);
}

/** Lamports in accounts that are not wallets, what is wrapped in them not counted. */
const rentIn = (addresses: Address[], accounts: RawAccount[]): bigint =>
  addresses.reduce((sum, address, i) => {
    const [account, held] = [accounts[i] ?? null, balance(address, accounts[i] ?? null)];
    if (!account || (held && held.mint === undefined)) return sum;
    return sum + account.lamports - (held?.mint === WRAPPED_SOL ? held.amount : 0n);
  }, 0n);

const lamportsIn = (accounts: RawAccount[]): bigint =>
  accounts.reduce((sum, account) => sum + (account?.lamports ?? 0n), 0n);

const SOL_DECIMALS = 9;

/** Where a mint's account has its decimals: SPL Token, `Mint`. */
const DECIMALS_AT = 44;

/** The decimals of the mint whose bytes these are; `undefined` where they are too few for one. */
export const decimalsIn = (mint: ReadonlyUint8Array): number | undefined =>
  mint.length >= getMintSize() ? mint[DECIMALS_AT] : undefined;

/** Every amount with the decimals of its own mint, which may be any. */
async function withDecimals({ rpc }: Node, sums: Sum[]): Promise<BalanceChange[]> {
  const mints = [...new Set(sums.flatMap(({ mint }) => mint ?? []))];
  const { value } =
    mints.length > 0
      ? await rpc.getMultipleAccounts(mints, { encoding: 'base64', commitment: 'confirmed' }).send()
      : { value: [] };
  const decimalsOf = (mint: Address) => {
    const account = value[mints.indexOf(mint)] as RawAccount | undefined;
    const decimals = account && decimalsIn(getBase64Encoder().encode(account.data[0]));
    if (typeof decimals !== 'number') throw new Error(`The node does not show the mint ${mint}.`);
    return decimals;
  };
  return sums.map((sum) => ({ ...sum, decimals: sum.mint ? decimalsOf(sum.mint) : SOL_DECIMALS }));
}

/** A transaction's instructions for the program's rules. */
export const callsOf = ({ instructions }: Pick<TransactionRequest, 'instructions'>): Call[] =>
  instructions.map(({ programAddress, accounts = [], data = new Uint8Array() }) => ({
    program: programAddress,
    accounts: accounts.map(({ address }) => address),
    data,
  }));

/** An error of a transaction in words; the rules have to be loaded. */
export const explain = (
  request: TransactionRequest,
  error: unknown,
  logs: readonly string[] | null | undefined,
): Explanation => program().explain({ error, instructions: callsOf(request), logs: [...(logs ?? [])] });

/** What the cluster would make of it now. Nothing is signed or sent. */
export async function simulate(node: Node, whole: TransactionRequest): Promise<Preview> {
  await loadRules();
  const request = withoutNonce(whole);
  const addresses = writableOf(request);
  const full = budgeted(request, MOST_UNITS, 0n);
  const wire = getBase64EncodedWireTransaction(compile(full, await latestLifetime(node)));
  const [before, { value }] = await Promise.all([
    node.rpc.getMultipleAccounts(addresses, { encoding: 'base64', commitment: 'confirmed' }).send(),
    node.rpc
      .simulateTransaction(wire, {
        encoding: 'base64',
        commitment: 'confirmed',
        replaceRecentBlockhash: true,
        accounts: { encoding: 'base64', addresses },
      })
      .send(),
  ]);
  const [was, is] = [before.value as RawAccount[], (value.accounts ?? []) as RawAccount[]];
  return {
    changes: value.err ? [] : await withDecimals(node, changes(addresses, was, is)),
    rent: rentIn(addresses, is) - rentIn(addresses, was),
    // Instructions move lamports between writable accounts; what is missing of them afterwards is the fee.
    fee: lamportsIn(was) - lamportsIn(is),
    computeUnits: value.unitsConsumed ?? 0n,
    refusal: value.err ? explain(full, value.err, value.logs) : undefined,
  };
}

/** Compute units that a transaction asks for whose simulation needed so many: a tenth more. */
const unitsFor = (computeUnits: bigint): number =>
  Math.min(MOST_UNITS, Math.ceil(Number(computeUnits) * 1.1) + 1_000);

/** Most lamports that are offered for priority beyond what a request offers itself. */
export const mostPriority = ({ instructions }: TransactionRequest, computeUnits: bigint): bigint =>
  instructions.some(isBudget) ? 0n : (BigInt(unitsFor(computeUnits)) * HIGHEST_PRICE + 999_999n) / 1_000_000n;

/** A transaction on its way to the signers and to the cluster. */
export type Prepared<R extends TransactionRequest = TransactionRequest> = {
  request: R;
  bytes: Uint8Array;
  lastValidBlockHeight: bigint;
};

/** A transaction ready for signatures. */
export async function prepare<R extends TransactionRequest>(
  node: Node,
  request: R,
  { computeUnits }: Pick<Preview, 'computeUnits'>,
): Promise<Prepared<R>> {
  const [latest, price] = await Promise.all([latestLifetime(node), recentPrice(node, writableOf(request))]);
  const lifetime = request.nonce ? { ...latest, blockhash: request.nonce.value } : latest;
  const full = budgeted(request, unitsFor(computeUnits), price);
  const bytes = getTransactionEncoder().encode(compile(full, lifetime)) as Uint8Array;
  return { request: full, bytes, lastValidBlockHeight: lifetime.lastValidBlockHeight };
}

/** Who has to sign a transaction, and who has. */
export function signersOf(bytes: Uint8Array): { address: Address; signed: boolean }[] {
  const { signatures } = getTransactionDecoder().decode(bytes);
  return Object.entries(signatures).map(([address, signature]) => ({
    address: address as Address,
    signed: signature !== null,
  }));
}

/** A transaction as text, to hand to whoever has to sign it too; the command line reads the same. */
export const transactionToText = (bytes: Uint8Array) => getBase64Decoder().decode(bytes);

/** Reads such a text. */
export const transactionFromText = (text: string) => getBase64Encoder().encode(text.trim()) as Uint8Array;

/** The instructions of a transaction that somebody else made. */
export function requestOf(bytes: Uint8Array): TransactionRequest {
  const message = getCompiledTransactionMessageDecoder().decode(
    getTransactionDecoder().decode(bytes).messageBytes,
  );
  if (!('staticAccounts' in message) || !('instructions' in message))
    throw new Error('This transaction is of an unknown version.');
  const { staticAccounts, header } = message;
  const role = (index: number) => {
    const isSigner = index < header.numSignerAccounts;
    const isWritable = isSigner
      ? index < header.numSignerAccounts - header.numReadonlySignerAccounts
      : index < staticAccounts.length - header.numReadonlyNonSignerAccounts;
    return (isSigner ? 2 : 0) | (isWritable ? 1 : 0);
  };
  const instructions = message.instructions.map(({ programAddressIndex, accountIndices = [], data }) => ({
    programAddress: staticAccounts[programAddressIndex]!,
    accounts: accountIndices.map((index) => ({ address: staticAccounts[index]!, role: role(index) })),
    ...(data ? { data } : {}),
  }));
  const request = { payer: staticAccounts[0]!, instructions };
  const first: Instruction | undefined = instructions[0];
  if (!first || !isAdvanceNonceAccountInstruction(first)) return request;
  const [account, , authority] = first.accounts;
  return {
    ...request,
    nonce: {
      account: account.address,
      authority: authority.address,
      value: message.lifetimeToken as Blockhash,
    },
  };
}

/** The transaction's signature, by which it is found: that of its fee payer. */
export function signatureOf(bytes: Uint8Array): Signature {
  const { signatures } = getTransactionDecoder().decode(bytes);
  const [first] = Object.values(signatures);
  if (!first) throw new Error('The wallet that pays the fee has not signed.');
  return getBase58Decoder().decode(first) as Signature;
}
