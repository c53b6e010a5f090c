import { SYSTEM_PROGRAM_ADDRESS } from '@solana-program/system';
import type { Blockhash } from '@solana/kit';
import { expect, it } from 'vitest';
import { numbered } from 'gpu-lease/testing';
import { advanceNonce, prepare, transactionToText } from 'gpu-lease';
import type { Chain } from '../chain/Chain';
import { forgetHalfSigned, halfSigned, keepHalfSigned } from './halfSigned';

const chain = {
  rpc: {
    getLatestBlockhash: () => ({
      send: async () => ({ value: { blockhash: numbered(13), lastValidBlockHeight: 1n } }),
    }),
    getRecentPrioritizationFees: () => ({ send: async () => [] }),
  },
} as unknown as Chain;

async function textOn(account: number, value: number, isLasting = true) {
  const nonce = {
    account: numbered(account),
    authority: numbered(2),
    value: numbered(value) as string as Blockhash,
  };
  const call = { programAddress: SYSTEM_PROGRAM_ADDRESS, accounts: [], data: new Uint8Array([99]) };
  const request = isLasting
    ? { title: '', payer: numbered(2), instructions: [advanceNonce(nonce), call], nonce }
    : { title: '', payer: numbered(2), instructions: [call] };
  return { nonce, text: transactionToText((await prepare(chain, request, { computeUnits: 0n })).bytes) };
}

it('keeps what rests on a nonce until it is forgotten, the newest of each nonce', async () => {
  const [old, other, newer, short] = await Promise.all([
    textOn(4, 20),
    textOn(5, 21),
    textOn(4, 22),
    textOn(6, 23, false),
  ]);
  for (const { text } of [old, other, newer, short]) keepHalfSigned(text);
  expect(halfSigned()).toEqual([other, newer]);
  forgetHalfSigned(newer.nonce);
  expect(halfSigned()).toEqual([other]);
});
