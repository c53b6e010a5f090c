import type { Address, Instruction } from '@solana/kit';
import { expect, it } from 'vitest';
import { publishAccess, startLease } from '../chain/instructions';
import { sha256 } from '../chain/sha256';
import { leaseContext, numbered } from '../chain/testing';
import { newestAccess } from './access';

const [lease, other, wallet, operator] = [1, 2, 3, 4].map(numbered) as [Address, Address, Address, Address];
const context = leaseContext({ lease, authority: wallet });
const [first, second] = [new Uint8Array(40).fill(1), new Uint8Array(40).fill(2)];

const start = async (blob: Uint8Array, of = context) => startLease(of, { key: wallet, isPooled: false }, blob);
const publish = async (blob: Uint8Array, of = context) => publishAccess(of, operator, blob);
const at = (time: bigint, ...instructions: Instruction[]) => ({ time, instructions });
const remembered = async (blob: Uint8Array) => ({ address: lease, accessBlobHash: await sha256(blob) });

it('finds the credentials of the start', async () => {
  const history = [at(5n, await start(first))];
  expect(await newestAccess(history, await remembered(first))).toEqual({ blob: first, by: wallet, time: 5n, isReplacement: false });
});

it('finds those that replaced them, and who did it when', async () => {
  const history = [at(5n, await start(first)), at(9n, await publish(second))];
  expect(await newestAccess(history, await remembered(second))).toEqual({ blob: second, by: operator, time: 9n, isReplacement: true });
});

it('takes the last of several that are alike', async () => {
  const history = [at(5n, await start(first)), at(6n, await publish(second)), at(7n, await publish(first))];
  expect(await newestAccess(history, await remembered(first))).toMatchObject({ time: 7n, by: operator });
});

it('shows none that the lease does not remember, or of another lease', async () => {
  const elsewhere = leaseContext({ lease: other, authority: wallet });
  const history = [at(5n, await start(first)), at(6n, await publish(second, elsewhere)), at(7n, await start(second, elsewhere))];
  expect(await newestAccess(history, await remembered(second))).toBeUndefined();
  expect(await newestAccess([], await remembered(first))).toBeUndefined();
});
