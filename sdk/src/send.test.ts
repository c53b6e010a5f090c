import { getAddressFromPublicKey, generateKeyPair, type Address } from '@solana/kit';
import { beforeAll, expect, it, vi } from 'vitest';
import { topUp } from './instruction';
import type { Node } from './node';
import { loadRules } from './rules';
import { NotDone, send } from './send';
import { leaseContext, numbered } from './testing';
import { signersOf, transactionFromText } from './transaction';

beforeAll(loadRules);

const FAILED = { InstructionError: [2, { Custom: 6309 }] };

/** A node: whether the simulation fails, and what becomes of what is sent. */
function node({
  simulated = null,
  landed,
  height = 0n,
}: {
  simulated?: unknown;
  landed?: unknown;
  height?: bigint;
}) {
  const sent: string[] = [];
  const answer = (value: unknown) => ({ send: async () => value });
  const rpc = {
    getLatestBlockhash: () => answer({ value: { blockhash: numbered(9), lastValidBlockHeight: 100n } }),
    getMultipleAccounts: (addresses: Address[]) => answer({ value: addresses.map(() => null) }),
    simulateTransaction: (_: string, { accounts }: { accounts: { addresses: Address[] } }) =>
      answer({
        value: {
          err: simulated,
          logs: [],
          unitsConsumed: 5_000n,
          accounts: accounts.addresses.map(() => null),
        },
      }),
    getRecentPrioritizationFees: () => answer([]),
    sendTransaction: (wire: string) => (sent.push(wire), answer('')),
    getSignatureStatuses: () =>
      answer({
        value: [
          landed === undefined ? null : { err: landed, confirmationStatus: 'confirmed', confirmations: 1n },
        ],
      }),
    getTransaction: () => answer(null),
    getBlockHeight: () => answer(height),
    isBlockhashValid: () => answer({ value: height === 0n }),
    getFirstAvailableBlock: () => answer(0n),
  };
  return { node: { rpc } as unknown as Node, sent };
}

async function sending(answers: Parameters<typeof node>[0], payer?: Address) {
  const keys = await generateKeyPair();
  const funder = await getAddressFromPublicKey(keys.publicKey);
  const request = { payer: payer ?? funder, instructions: [await topUp(leaseContext({}), funder, 5n)] };
  const { node: cluster, sent } = node(answers);
  vi.useFakeTimers({ toFake: ['setTimeout'] });
  const outcome = send(cluster, request, [keys]).catch((error: unknown) => error);
  for (let i = 0; i < 200; i++) await vi.advanceTimersByTimeAsync(500);
  vi.useRealTimers();
  return { outcome: await outcome, sent };
}

it('signs with the keys that it was given, and returns the signature once it is confirmed', async () => {
  const { outcome, sent } = await sending({ landed: null });
  expect(outcome).toMatch(/^\w{64,88}$/);
  expect(signersOf(transactionFromText(sent[0]!)).every(({ signed }) => signed)).toBe(true);
});

it('sends nothing that the simulation refuses, and says why', async () => {
  const { outcome, sent } = await sending({ simulated: FAILED });
  expect(outcome).toBeInstanceOf(NotDone);
  expect(outcome).toMatchObject({ refusal: { number: 6309 }, signature: undefined });
  expect((outcome as Error).message).toMatch(/.+; .+/);
  expect(sent).toEqual([]);
});

it('says what failed in a block, and by which transaction', async () => {
  expect((await sending({ landed: FAILED })).outcome).toMatchObject({
    refusal: { number: 6309 },
    signature: expect.stringMatching(/^\w{64,88}$/),
  });
});

it('says that it can no longer land, and that it may be sent again', async () => {
  const { outcome } = await sending({ height: 101n });
  expect((outcome as Error).message).toBe(
    'It is in no block and can no longer be in one. Nothing has happened; make it again.',
  );
});

it('sends nothing that somebody else must sign too, and says who', async () => {
  const { outcome, sent } = await sending({ landed: null }, numbered(44));
  expect((outcome as Error).message).toBe(`Nothing was sent: ${numbered(44)} must sign it too.`);
  expect(sent).toEqual([]);
});
