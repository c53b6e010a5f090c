import { getSetComputeUnitPriceInstruction } from '@solana-program/compute-budget';
import { AccountRole, type Blockhash, type Instruction } from '@solana/kit';
import { beforeAll, expect, it } from 'vitest';
import { leaseContext, numbered } from 'gpu-lease/testing';
import { advanceNonce, callsOf, resizeLease } from 'gpu-lease';
import { loadRules, program } from 'gpu-lease/rules';
import { partOf } from './partOf';

beforeAll(loadRules);

const context = leaseContext({});
Object.assign(context.lease, { meter: { gpus: 1 } });
const grow = await resizeLease(context, { key: numbered(3), isPooled: false }, 2);
const nonce = { account: numbered(1), authority: numbered(2), value: numbered(9) as string as Blockhash };
const guard: Instruction = {
  programAddress: numbered(7),
  accounts: [{ address: numbered(8), role: AccountRole.READONLY }],
  data: new Uint8Array(1),
};
const judge = (instructions: Instruction[], rest = {}) =>
  program().checkTogether(callsOf({ instructions: partOf({ instructions, ...rest }) }));

it('lets guards that change nothing, and the advance of its nonce, be beside what parties sign together', () => {
  expect(judge([guard, grow, guard])).toBeNull();
  expect(judge([advanceNonce(nonce), grow], { nonce })).toBeNull();
});

it('lets nothing else be there', () => {
  for (const role of [AccountRole.WRITABLE, AccountRole.READONLY_SIGNER, AccountRole.WRITABLE_SIGNER])
    expect(() => judge([grow, { ...guard, accounts: [{ address: numbered(8), role }] }])).toThrow(
      'do not sign it',
    );
  expect(() => judge([advanceNonce(nonce), advanceNonce(nonce), grow], { nonce })).toThrow('do not sign it');
  expect(() => judge([grow, advanceNonce(nonce)])).toThrow('do not sign it');
  expect(() => judge([guard])).toThrow('does nothing that parties sign together');
  expect(() => judge([grow, getSetComputeUnitPriceInstruction({ microLamports: 10n ** 12n })])).toThrow(
    '0.01 SOL',
  );
});
