// Where a wallet can be paid. Payments go to its associated token account, which may have been given to another owner, be
// frozen, or take no transfer without a memo. The program pays into any token account of the wallet's instead.

import { getCreateAccountWithSeedInstruction } from '@solana-program/system';
import {
  ASSOCIATED_TOKEN_PROGRAM_ADDRESS,
  AccountState,
  AssociatedTokenInstruction,
  getInitializeAccount3Instruction,
  getTokenDecoder,
  getTokenSize,
  parseAssociatedTokenInstruction,
} from '@solana-program/token';
import {
  createAddressWithSeed,
  createNoopSigner,
  getAddressEncoder,
  getBase58Decoder,
  getBase64Encoder,
  type Address,
  type Instruction,
  type ReadonlyUint8Array,
} from '@solana/kit';
import type { Call } from './calls';
import type { Node } from './node';
import { sha256 } from './sha256';

type Held = { owner: Address; mint: Address; tokenProgram: Address };
type Raw = { owner: Address; data: readonly [string, string] };

/** Token-2022: extensions begin here, each with its type and length; this one asks for a memo with every transfer. */
const EXTENSIONS_AT = 166;
const MEMO_TRANSFER = 8;

function takesMemosOnly(data: ReadonlyUint8Array): boolean {
  const view = new DataView(Uint8Array.from(data).buffer);
  for (let at = EXTENSIONS_AT; at + 4 < view.byteLength; at += 4 + view.getUint16(at + 2, true))
    if (view.getUint16(at, true) === MEMO_TRANSFER) return view.getUint8(at + 4) === 1;
  return false;
}

/** What a token account holds, if a plain transfer to it reaches the wallet; `undefined` otherwise. */
function amountIfReceivable(account: Raw, { owner, mint, tokenProgram }: Held): bigint | undefined {
  const data = getBase64Encoder().encode(account.data[0]);
  if (account.owner !== tokenProgram || data.length < getTokenSize()) return undefined;
  const token = getTokenDecoder().decode(data);
  const isTheirs = token.owner === owner && token.mint === mint && token.state === AccountState.Initialized;
  return isTheirs && !takesMemosOnly(data) ? token.amount : undefined;
}

/** Another token account of the wallet's for the mint, the fullest. Nodes without an index of owners know none. */
async function another({ rpc }: Node, held: Held): Promise<Address | undefined> {
  const answer = await rpc
    .getTokenAccountsByOwner(held.owner, { mint: held.mint }, { encoding: 'base64', commitment: 'confirmed' })
    .send()
    .catch(() => ({ value: [] }));
  const usable = answer.value.flatMap(({ pubkey, account }) => {
    const amount = amountIfReceivable(account as Raw, held);
    return amount === undefined ? [] : { pubkey, amount };
  });
  return usable.sort((a, b) => (a.amount < b.amount ? 1 : a.amount > b.amount ? -1 : 0))[0]?.pubkey;
}

const MOST_TRIES = 8;
const SEED_LENGTH = 32;

/** A token account that `payer` opens for the wallet, without another key: its address comes of a seed. */
async function opened(
  { rpc }: Node,
  payer: Address,
  held: Held,
): Promise<{ account: Address; opening: Instruction[] }> {
  const { owner, mint, tokenProgram } = held;
  for (let n = 0; n < MOST_TRIES; n++) {
    const hash = await sha256(
      Uint8Array.from([...getAddressEncoder().encode(owner), ...getAddressEncoder().encode(mint), n]),
    );
    const seed = getBase58Decoder().decode(hash).slice(0, SEED_LENGTH);
    const account = await createAddressWithSeed({ baseAddress: payer, programAddress: tokenProgram, seed });
    const { value } = await rpc
      .getAccountInfo(account, { encoding: 'base64', commitment: 'confirmed' })
      .send();
    // One that was opened before is good still, or stands in the way of the next.
    if (value && amountIfReceivable(value as Raw, held) !== undefined) return { account, opening: [] };
    if (value) continue;
    const space = BigInt(getTokenSize());
    const amount = await rpc.getMinimumBalanceForRentExemption(space).send();
    return {
      account,
      opening: [
        getCreateAccountWithSeedInstruction({
          payer: createNoopSigner(payer),
          newAccount: account,
          base: payer,
          seed,
          amount,
          space,
          programAddress: tokenProgram,
        }),
        getInitializeAccount3Instruction({ account, mint, owner }, { programAddress: tokenProgram }),
      ],
    };
  }
  throw new Error(`No token account of ${owner} can be paid; it has to open one for the mint ${mint}.`);
}

/** What makes sure that a wallet has its associated token account, if an instruction is that. */
function ensuring(instruction: Instruction) {
  if (instruction.programAddress !== ASSOCIATED_TOKEN_PROGRAM_ADDRESS) return undefined;
  const parsed = parseAssociatedTokenInstruction(instruction as Call);
  if (parsed.instructionType !== AssociatedTokenInstruction.CreateAssociatedTokenIdempotent) return undefined;
  const { ata, owner, mint, tokenProgram } = parsed.accounts;
  return {
    ata: ata.address,
    held: { owner: owner.address, mint: mint.address, tokenProgram: tokenProgram.address },
  };
}

/**
 * The instructions with every token account that they make sure of, and that could not be paid into, replaced by another of
 * the same wallet; `opening` creates those that there are not yet, at the cost of `payer`.
 */
export async function receivable(
  node: Node,
  payer: Address,
  instructions: readonly Instruction[],
): Promise<{ opening: Instruction[]; instructions: Instruction[] }> {
  const ensured = new Map(
    instructions.flatMap((instruction) => ensuring(instruction) ?? []).map((each) => [each.ata, each]),
  );
  if (ensured.size === 0) return { opening: [], instructions: [...instructions] };
  const { value } = await node.rpc
    .getMultipleAccounts([...ensured.keys()], { encoding: 'base64', commitment: 'confirmed' })
    .send();
  const replaced = new Map<Address, Address>();
  const opening: Instruction[] = [];
  for (const [i, { ata, held }] of [...ensured.values()].entries()) {
    const account = value[i] as Raw | null | undefined;
    // A missing one is created by what makes sure of it, also in place of SOL that somebody sent to its address.
    const isPlain = !account || getBase64Encoder().encode(account.data[0]).length === 0;
    if (isPlain || amountIfReceivable(account, held) !== undefined) continue;
    const found = await another(node, held);
    const { account: other, opening: more } = found
      ? { account: found, opening: [] }
      : await opened(node, payer, held);
    replaced.set(ata, other);
    opening.push(...more);
  }
  const left = instructions.filter((instruction) => !replaced.has(ensuring(instruction)?.ata ?? payer));
  return {
    opening,
    instructions: left.map((instruction) =>
      instruction.accounts
        ? {
            ...instruction,
            accounts: instruction.accounts.map((meta) => ({
              ...meta,
              address: replaced.get(meta.address) ?? meta.address,
            })),
          }
        : instruction,
    ),
  };
}
