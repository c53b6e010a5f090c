import {
  SYSTEM_PROGRAM_ADDRESS,
  NonceState,
  NonceVersion,
  getNonceEncoder,
  parseCreateAccountWithSeedInstruction,
  parseWithdrawNonceAccountInstruction,
} from '@solana-program/system';
import { createAddressWithSeed, getBase64Decoder, type Address, type Blockhash } from '@solana/kit';
import { describe, expect, it } from 'vitest';
import type { Node } from './node';
import { advanceNonce, closeNonce, isUsed, nonceIn, noncesOf, openNonce } from './nonce';
import { numbered } from './testing';
import { prepare, requestOf } from './transaction';

const [wallet, stranger, account] = [1, 2, 3].map(numbered) as [Address, Address, Address];
const [first, second] = [numbered(11), numbered(12)] as string[] as [Blockhash, Blockhash];

function raw(value: Blockhash, authority = wallet) {
  const bytes = getNonceEncoder().encode({
    version: NonceVersion.Current,
    state: NonceState.Initialized,
    authority,
    blockhash: value as string as Address,
    lamportsPerSignature: 5_000n,
  });
  return {
    owner: SYSTEM_PROGRAM_ADDRESS,
    lamports: 1_447_680n,
    data: [getBase64Decoder().decode(bytes), 'base64'] as const,
  };
}

const addressOf = (n: number) =>
  createAddressWithSeed({
    baseAddress: wallet,
    programAddress: SYSTEM_PROGRAM_ADDRESS,
    seed: `gpu-lease nonce ${n}`,
  });
const patience = () => ({ abortSignal: AbortSignal.timeout(1_000) });

/** A node with these accounts, as they are final and as they are confirmed. */
const node = (confirmed: Record<string, unknown>, finalized = confirmed) =>
  ({
    rpc: {
      getMultipleAccounts: (addresses: string[]) => ({
        send: async () => ({ value: addresses.map((address) => confirmed[address] ?? null) }),
      }),
      getAccountInfo: (address: string, { commitment }: { commitment: string }) => ({
        send: async () => ({ value: (commitment === 'finalized' ? finalized : confirmed)[address] ?? null }),
      }),
      getMinimumBalanceForRentExemption: () => ({ send: async () => 1_447_680n }),
      getLatestBlockhash: () => ({
        send: async () => ({ value: { blockhash: numbered(13), lastValidBlockHeight: 1n } }),
      }),
      getRecentPrioritizationFees: () => ({ send: async () => [{ prioritizationFee: 7n }] }),
    },
  }) as unknown as Node;

describe('a durable nonce', () => {
  it('is opened at the first free address of its wallet, which finds it there again', async () => {
    const { account, instructions } = await openNonce(node({ [await addressOf(0)]: raw(first) }), wallet);
    expect(account).toBe(await addressOf(1));
    const { accounts, data } = parseCreateAccountWithSeedInstruction(instructions[0] as never);
    expect([accounts.payer.address, accounts.newAccount.address, data.base, data.space, data.amount]).toEqual(
      [wallet, account, wallet, 80n, 1_447_680n],
    );
    const found = await noncesOf(
      node({ [account]: raw(first), [await addressOf(2)]: raw(second, stranger) }),
      wallet,
    );
    expect(found).toEqual([{ account, authority: wallet, value: first, lamports: 1_447_680n }]);
  });

  it('runs out, which is said', async () => {
    const all = Object.fromEntries(
      await Promise.all(Array.from({ length: 16 }, async (_, n) => [await addressOf(n), raw(first)])),
    );
    await expect(openNonce(node(all), wallet)).rejects.toThrow('Withdraw one of them first');
  });

  it('is nothing in accounts of other kinds', () => {
    expect(nonceIn(account, null)).toBeUndefined();
    expect(nonceIn(account, { ...raw(first), owner: stranger })).toBeUndefined();
    expect(nonceIn(account, { ...raw(first), data: ['', 'base64'] })).toBeUndefined();
  });

  it('is advanced before all else of the transaction that rests on it, whose lifetime it is', async () => {
    const nonce = { account, authority: wallet, value: first };
    const request = {
      payer: stranger,
      instructions: [
        advanceNonce(nonce),
        { programAddress: numbered(5), accounts: [], data: new Uint8Array(1) },
      ],
      nonce,
    };
    const read = requestOf((await prepare(node({}), request, { computeUnits: 0n })).bytes);
    expect(read.nonce).toEqual(nonce);
    expect(read.instructions.map(({ programAddress }) => programAddress.slice(0, 7))).toEqual([
      '1111111',
      'Compute',
      'Compute',
      numbered(5).slice(0, 7),
    ]);
    const plain = { ...request, instructions: request.instructions.slice(1), nonce: undefined };
    expect(
      requestOf((await prepare(node({}), plain as never, { computeUnits: 0n })).bytes).nonce,
    ).toBeUndefined();
  });

  it('is used once its value is another, or it is closed, for good; one that was just opened is not', async () => {
    const resting = { account, value: first };
    const [now, other, gone] = [{ [account]: raw(first) }, { [account]: raw(second) }, {}];
    for (const [confirmed, finalized, used] of [
      [now, now, false],
      [now, gone, false],
      [other, now, false],
      [gone, now, false],
      [other, other, true],
      [gone, gone, true],
      [gone, other, true],
    ] as const)
      expect(await isUsed(node(confirmed, finalized), resting, patience)).toBe(used);
  });

  it('gives its whole rent back when it is closed', () => {
    const { accounts, data } = parseWithdrawNonceAccountInstruction(
      closeNonce({ account, authority: wallet, value: first, lamports: 9n }) as never,
    );
    expect([
      accounts.nonceAccount.address,
      accounts.recipientAccount.address,
      accounts.nonceAuthority.address,
      data.withdrawAmount,
    ]).toEqual([account, wallet, wallet, 9n]);
  });
});
