import {
  AccountRole,
  appendTransactionMessageInstructions,
  compileTransaction,
  createTransactionMessage,
  generateKeyPair,
  getAddressFromPublicKey,
  getTransactionDecoder,
  getTransactionEncoder,
  partiallySignTransaction,
  pipe,
  setTransactionMessageFeePayer,
  setTransactionMessageLifetimeUsingBlockhash,
  type Address,
  type Blockhash,
  type Instruction,
} from '@solana/kit';
import {
  getSetComputeUnitLimitInstruction,
  getSetComputeUnitPriceInstruction,
} from '@solana-program/compute-budget';
import { describe, expect, it } from 'vitest';
import { numbered } from 'gpu-lease/testing';
import { advanceNonce } from 'gpu-lease';
import { checkSigned, isEdited } from './edited';

const wallet = await generateKeyPair();
const other = await generateKeyPair();
const me = await getAddressFromPublicKey(wallet.publicKey);
const them = await getAddressFromPublicKey(other.publicKey);

const PROGRAM = numbered(1);
const data = (...bytes: number[]) => Uint8Array.from(bytes);
const limit = getSetComputeUnitLimitInstruction({ units: 200_000 });
const verify: Instruction = {
  programAddress: 'Ed25519SigVerify111111111111111111111111111' as Address,
  data: data(1, 0),
};
const attest: Instruction = {
  programAddress: PROGRAM,
  accounts: [{ address: numbered(2), role: AccountRole.WRITABLE }],
  data: data(9),
};
const guard: Instruction = {
  programAddress: numbered(7),
  accounts: [{ address: numbered(8), role: AccountRole.READONLY }],
  data: data(1),
};
const asserting: Instruction = {
  programAddress: 'L2TExMFKdjpN9kozasaurPirfHy9P8sbXoAN1qA3S95' as Address,
  accounts: [{ address: me, role: AccountRole.READONLY }],
  data: data(1),
};
const taking: Instruction = {
  programAddress: numbered(7),
  accounts: [{ address: numbered(8), role: AccountRole.WRITABLE }],
  data: data(1),
};
const OURS = [limit, verify, attest];

const blockhash = (fill: number) => ({
  blockhash: numbered(fill) as string as Blockhash,
  lastValidBlockHeight: 0n,
});
const compiled = (instructions: readonly Instruction[], { payer = me, hash = 3 } = {}) =>
  pipe(
    createTransactionMessage({ version: 'legacy' }),
    (message) => setTransactionMessageFeePayer(payer, message),
    (message) => setTransactionMessageLifetimeUsingBlockhash(blockhash(hash), message),
    (message) => appendTransactionMessageInstructions(instructions, message),
    compileTransaction,
  );
const bytesOf = (transaction: Parameters<ReturnType<typeof getTransactionEncoder>['encode']>[0]) =>
  getTransactionEncoder().encode(transaction);
const asked = bytesOf(compiled(OURS));
/** What a wallet that signs `instructions` returns, compared with what it was asked for. */
const returned = async (instructions: readonly Instruction[], options = {}) =>
  checkSigned(
    asked,
    bytesOf(await partiallySignTransaction([wallet], compiled(instructions, options) as never)),
    me,
  );

describe('what a wallet returns', () => {
  it('is what it was asked for, signed', async () => {
    const signed = bytesOf(await partiallySignTransaction([wallet], compiled(OURS) as never));
    await expect(checkSigned(asked, signed, me)).resolves.toBeUndefined();
    expect(isEdited(asked, signed)).toBe(false);
  });

  it('may guard it, choose its budget and a newer blockhash', async () => {
    await returned([guard, ...OURS, guard]);
    await returned([limit, guard, verify, attest, asserting]);
    await returned([
      getSetComputeUnitLimitInstruction({ units: 300_000 }),
      getSetComputeUnitPriceInstruction({ microLamports: 5n }),
      verify,
      attest,
    ]);
    await returned(OURS, { hash: 4 });
    expect(isEdited(asked, bytesOf(compiled(OURS, { hash: 4 })))).toBe(true);
  });

  it('puts nothing between a signature and what reads it', () =>
    expect(returned([limit, verify, guard, attest])).rejects.toThrow(/voids it.*Nothing was sent/));

  it('adds nothing that could move something', async () => {
    await expect(returned([...OURS, taking])).rejects.toThrow(/could move something/);
    await expect(
      returned([...OURS, { ...guard, accounts: [{ address: me, role: AccountRole.READONLY_SIGNER }] }]),
    ).rejects.toThrow(/could move something/);
  });

  it('leaves out, changes and reorders nothing', async () => {
    for (const instructions of [
      [limit, verify],
      [limit, attest, verify],
      [limit, verify, { ...attest, data: data(8) }],
      [limit, verify, { ...attest, accounts: [{ address: numbered(5), role: AccountRole.WRITABLE }] }],
    ])
      await expect(returned(instructions)).rejects.toThrow(/Nothing was sent/);
  });

  it('is signed by the account that was asked', async () => {
    await expect(checkSigned(asked, asked, me)).rejects.toThrow(/did not sign with the account/);
    const forged = getTransactionDecoder().decode(asked);
    await expect(
      checkSigned(asked, bytesOf({ ...forged, signatures: { [me]: new Uint8Array(64) as never } }), me),
    ).rejects.toThrow(/did not sign/);
    const byOther = bytesOf(
      await partiallySignTransaction([other], compiled(OURS, { payer: them }) as never),
    );
    await expect(checkSigned(asked, byOther, me)).rejects.toThrow(/pay the network fee/);
    await expect(checkSigned(asked, data(1, 2, 3), me)).rejects.toThrow(/not a transaction/);
  });

  it('leaves what another party has signed as it is', async () => {
    const both: Instruction = {
      ...attest,
      accounts: [
        { address: me, role: AccountRole.WRITABLE_SIGNER },
        { address: them, role: AccountRole.READONLY_SIGNER },
      ],
    };
    const half = await partiallySignTransaction([other], compiled([both]) as never);
    const whole = bytesOf(await partiallySignTransaction([wallet], half));
    await expect(checkSigned(bytesOf(half), whole, me)).resolves.toBeUndefined();
    const edited = bytesOf(await partiallySignTransaction([wallet], compiled([both, guard]) as never));
    await expect(checkSigned(bytesOf(half), edited, me)).rejects.toThrow(/another party has signed/);
    const dropped = bytesOf(await partiallySignTransaction([wallet], compiled([both]) as never));
    await expect(checkSigned(bytesOf(half), dropped, me)).rejects.toThrow(/dropped the signature/);
  });

  it('leaves a durable nonce first, and its value', async () => {
    const nonce = advanceNonce({
      account: numbered(6),
      authority: me,
      value: numbered(3) as string as Blockhash,
    });
    const resting = bytesOf(compiled([nonce, ...OURS]));
    const back = async (instructions: readonly Instruction[], options = {}) =>
      checkSigned(
        resting,
        bytesOf(await partiallySignTransaction([wallet], compiled(instructions, options) as never)),
        me,
      );
    await expect(back([nonce, ...OURS, guard])).resolves.toBeUndefined();
    await expect(back([guard, nonce, ...OURS])).rejects.toThrow(/how long the transaction is good/);
    await expect(back([nonce, ...OURS], { hash: 4 })).rejects.toThrow(/how long the transaction is good/);
  });
});
