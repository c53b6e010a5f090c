// Wallets add instructions of their own to what they sign: guards, fees. What comes back is compared with what was asked
// for before anything is sent.

import {
  AccountRole,
  bytesEqual,
  getCompiledTransactionMessageDecoder,
  getPublicKeyFromAddress,
  getTransactionDecoder,
  isSignerRole,
  isWritableRole,
  verifySignature,
  type Address,
  type Instruction,
  type ReadonlyUint8Array,
} from '@solana/kit';
import { COMPUTE_BUDGET_PROGRAM_ADDRESS } from '@solana-program/compute-budget';
import { requestOf } from 'gpu-lease';

const ED25519_PROGRAM = 'Ed25519SigVerify111111111111111111111111111';
/** Lighthouse asserts balances and nothing else; wallets guard with it, and give it the accounts that they guard. */
const LIGHTHOUSE = 'L2TExMFKdjpN9kozasaurPirfHy9P8sbXoAN1qA3S95';

const NOTHING = new Uint8Array();

const isSame = (a: Instruction, b: Instruction) =>
  a.programAddress === b.programAddress &&
  bytesEqual(a.data ?? NOTHING, b.data ?? NOTHING) &&
  (a.accounts?.length ?? 0) === (b.accounts?.length ?? 0) &&
  (a.accounts ?? []).every(({ address }, i) => address === b.accounts?.[i]?.address);

/** Whether an instruction that nobody asked for can move nothing. */
const isHarmless = ({ programAddress, accounts = [] }: Instruction) =>
  programAddress === COMPUTE_BUDGET_PROGRAM_ADDRESS ||
  programAddress === LIGHTHOUSE ||
  accounts.every(({ role }) => role === AccountRole.READONLY);

const WHAT_TO_DO = 'Nothing was sent. Turn that off in the wallet, or use another one.';

/** The roles of a transaction's accounts: a wallet may make none writable or a signer that was not. */
function roles(instructions: readonly Instruction[]) {
  const all = instructions.flatMap(({ accounts = [] }) => accounts);
  return {
    writable: new Set(all.filter(({ role }) => isWritableRole(role)).map(({ address }) => address)),
    signers: new Set(all.filter(({ role }) => isSignerRole(role)).map(({ address }) => address)),
  };
}

/**
 * Throws a sentence for anything else than our instructions, unchanged and in order, with harmless ones before, between and
 * after, and none between a signature's verification and what reads it.
 */
function checkAdded(asked: ReadonlyUint8Array, returned: ReadonlyUint8Array) {
  const [before, after] = [requestOf(asked as Uint8Array), requestOf(returned as Uint8Array)];
  if (before.payer !== after.payer)
    throw new Error(`The wallet made another account pay the network fee. ${WHAT_TO_DO}`);
  if (before.nonce && after.nonce?.value !== before.nonce.value)
    throw new Error(
      `The wallet changed how long the transaction is good for, which its durable nonce decides. ${WHAT_TO_DO}`,
    );
  let next = 0;
  for (const call of after.instructions) {
    const wanted = before.instructions[next];
    if (wanted && isSame(call, wanted)) {
      next++;
      continue;
    }
    // The compute budget is the wallet's to choose, and it may put its own in the place of ours.
    if (
      wanted?.programAddress === COMPUTE_BUDGET_PROGRAM_ADDRESS &&
      call.programAddress === COMPUTE_BUDGET_PROGRAM_ADDRESS &&
      call.data?.[0] === wanted.data?.[0]
    ) {
      next++;
      continue;
    }
    if (before.instructions[next - 1]?.programAddress === ED25519_PROGRAM)
      throw new Error(
        `The wallet put an instruction between a signature and what reads it, which voids it. ${WHAT_TO_DO}`,
      );
    if (!isHarmless(call))
      throw new Error(
        `The wallet added an instruction of ${call.programAddress} that could move something. ${WHAT_TO_DO}`,
      );
  }
  if (next < before.instructions.length)
    throw new Error(`The wallet left out or changed what you reviewed. ${WHAT_TO_DO}`);
  const [was, is] = [roles(before.instructions), roles(after.instructions)];
  for (const address of is.signers)
    if (address !== after.payer && !was.signers.has(address))
      throw new Error(`The wallet asks for another signature, of ${address}. ${WHAT_TO_DO}`);
  for (const address of is.writable)
    if (address !== after.payer && !was.writable.has(address))
      throw new Error(`The wallet made the account ${address} writable, which it was not. ${WHAT_TO_DO}`);
}

/** Whether a wallet signed something else than it was asked for. */
export const isEdited = (asked: ReadonlyUint8Array, returned: ReadonlyUint8Array) =>
  !bytesEqual(
    getTransactionDecoder().decode(asked).messageBytes,
    getTransactionDecoder().decode(returned).messageBytes,
  );

/** Checks what a wallet returned for `signer`: its signature is there and good, what others signed is untouched, and what was added is harmless. */
export async function checkSigned(
  asked: ReadonlyUint8Array,
  returned: ReadonlyUint8Array,
  signer: Address,
): Promise<void> {
  const decode = (bytes: ReadonlyUint8Array) => {
    try {
      const transaction = getTransactionDecoder().decode(bytes);
      getCompiledTransactionMessageDecoder().decode(transaction.messageBytes);
      return transaction;
    } catch {
      throw new Error(`The wallet returned something that is not a transaction. ${WHAT_TO_DO}`);
    }
  };
  const [before, after] = [decode(asked), decode(returned)];
  const others = Object.entries(before.signatures).filter(
    ([address, signature]) => address !== signer && signature !== null,
  );
  if (isEdited(asked, returned) && others.length > 0)
    throw new Error(
      `The wallet changed the transaction that another party has signed, which voids its signature. ${WHAT_TO_DO}`,
    );
  if (isEdited(asked, returned)) checkAdded(asked, returned);
  for (const [address, signature] of others)
    if (
      !after.signatures[address as Address] ||
      !bytesEqual(after.signatures[address as Address]!, signature!)
    )
      throw new Error(`The wallet dropped the signature of another party. ${WHAT_TO_DO}`);
  const signature = after.signatures[signer];
  if (
    !signature ||
    !(await verifySignature(await getPublicKeyFromAddress(signer), signature, after.messageBytes))
  )
    throw new Error(
      `The wallet did not sign with the account ${signer}. Choose that account in it, and try again.`,
    );
}
