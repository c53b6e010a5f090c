import { getBase58Decoder, type Address, type Instruction, type Signature } from '@solana/kit';
import { beforeAll, expect, it } from 'vitest';
import type { Node } from './node';
import { publishAccess, startLease } from './instruction';
import { sha256 } from './sha256';
import { leaseContext, numbered } from './testing';
import { loadRules } from './rules';
import { publishedAccess, publishedBy } from './published';

const [lease, other, wallet, operator] = [1, 2, 3, 4].map(numbered) as [Address, Address, Address, Address];
const context = leaseContext({ lease, authority: wallet });
const [first, second] = [new Uint8Array(40).fill(1), new Uint8Array(40).fill(2)];

const start = async (blob: Uint8Array, of = context) =>
  startLease(of, { key: wallet, isPooled: false }, blob);
const publish = async (blob: Uint8Array, of = context) => publishAccess(of, operator, blob);
const at = (time: bigint, ...instructions: Instruction[]) => ({ time, instructions });
const remembered = async (blob: Uint8Array) => ({ address: lease, accessBlobHash: await sha256(blob) });

it('finds the credentials of the start', async () => {
  expect(await publishedBy(at(5n, await start(first)), await remembered(first))).toEqual({
    blob: first,
    by: wallet,
    time: 5n,
    isReplacement: false,
  });
});

it('finds those that replaced them, and who did it when', async () => {
  expect(await publishedBy(at(9n, await publish(second)), await remembered(second))).toEqual({
    blob: second,
    by: operator,
    time: 9n,
    isReplacement: true,
  });
});

it('shows none that the lease does not remember, or of another lease', async () => {
  const elsewhere = leaseContext({ lease: other, authority: wallet });
  for (const call of [await start(first), await publish(second, elsewhere), await start(second, elsewhere)])
    expect(await publishedBy(at(5n, call), await remembered(second))).toBeUndefined();
});

beforeAll(loadRules);

const TRANSACTIONS = 1_440;

/** A node with a month's lease, one transaction a slot; its credentials were published in slot 3. */
async function month({ repeats = false } = {}) {
  const signature = (slot: number) => `${slot}` as Signature;
  const call = await start(first);
  const keys = [...call.accounts!.map(({ address }) => address), call.programAddress];
  const asked = { pages: 0, transactions: [] as string[] };
  const rpc = {
    getSignaturesForAddress: (_: Address, { limit, before }: { limit: number; before?: string }) => ({
      send: async () => {
        asked.pages++;
        const from = before && !repeats ? Number(before) - 1 : TRANSACTIONS;
        return Array.from({ length: Math.min(limit, from) }, (_, i) => ({
          signature: signature(from - i),
          slot: BigInt(from - i),
          err: null,
        }));
      },
    }),
    getTransaction: (wanted: string) => ({
      send: async () => {
        asked.transactions.push(wanted);
        const instruction = {
          programIdIndex: keys.length - 1,
          accounts: call.accounts!.map((_, i) => i),
          data: getBase58Decoder().decode(call.data!),
        };
        return {
          slot: BigInt(wanted),
          blockTime: 5n,
          transaction: { signatures: [wanted], message: { accountKeys: keys, instructions: [instruction] } },
          meta: { err: null, logMessages: [], innerInstructions: [] },
        };
      },
    }),
  };
  return { chain: { rpc } as unknown as Node, asked };
}

it('reads the one transaction that published them, of a month with 1,440', async () => {
  const { chain, asked } = await month();
  expect(await publishedAccess(chain, { ...(await remembered(first)), accessSlot: 3n })).toMatchObject({
    blob: first,
  });
  expect(asked).toEqual({ pages: 2, transactions: ['3'] });
});

it('ends where the node shows the same page again and again', async () => {
  const { chain, asked } = await month({ repeats: true });
  expect(await publishedAccess(chain, { ...(await remembered(first)), accessSlot: 3n })).toBeNull();
  expect(asked).toEqual({ pages: 2, transactions: [] });
});
