import type { Address } from '@solana/kit';
import { expect, it } from 'vitest';
import { numbered } from 'gpu-lease/testing';
import { accessSecret, steadySecret } from './access';

const [wallet, shared] = [1, 2].map(numbered) as [Address, Address];

/** A wallet that signs so, time by time. */
function signing(...signatures: number[]) {
  let turn = 0;
  const signMessage = async () => new Uint8Array(64).fill(signatures[turn++]!);
  return { wallets: { signMessage, connected: { name: 'Wallet' } as never }, asked: () => turn };
}

it('takes the key of a wallet only if it signs alike, and asks a known one once', async () => {
  const steady = signing(1, 1, 1);
  expect(await steadySecret(steady.wallets, wallet, 5n)).toEqual(
    await accessSecret(signing(1).wallets, wallet, 5n),
  );
  expect(steady.asked()).toBe(2);
  await steadySecret(steady.wallets, wallet, 6n);
  expect(steady.asked()).toBe(3);
});

it('takes none of a wallet that signs differently each time', async () => {
  const several = signing(1, 2, 3, 4);
  expect(await steadySecret(several.wallets, shared, 5n)).toBeUndefined();
  expect(await steadySecret(several.wallets, shared, 5n)).toBeUndefined();
  expect(several.asked()).toBe(4);
});
