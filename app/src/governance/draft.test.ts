import type { Address } from '@solana/kit';
import { describe, expect, it } from 'vitest';
import type { Bounds } from 'gpu-lease/rules';
import { actionOf, draftOf, type Draft } from './draft';

const DAY = 86_400;
const bounds = {
  maxFeeBps: 500,
  maxFeeStepBps: 50,
  minVotingPeriod: 3 * DAY,
  maxVotingPeriod: 14 * DAY,
  minExtension: DAY / 2,
  maxExtension: 3 * DAY,
  minTimelock: 2 * DAY,
  maxTimelock: 30 * DAY,
  minExecutionWindow: 3 * DAY,
  maxExecutionWindow: 30 * DAY,
  minQuorumBps: 100,
  maxQuorumBps: 4_000,
  minProposalDeposit: 50_000_000n,
  maxProposalDeposit: 10_000_000_000n,
} as Bounds;
const rules = {
  deposit: 100_000_000n,
  votingPeriod: 5 * DAY,
  extension: DAY,
  timelock: 2 * DAY,
  executionWindow: 7 * DAY,
  quorumBps: 1_000,
  spare: new Uint8Array(6),
};
const mint = 'B5w6D77NWMe5Fga7U9G4dV9qB1kWkveuYPJCgkCF75uA' as Address;
const act = (change: Partial<Draft>, feeBps = 100) =>
  actionOf({ ...draftOf(rules), ...change }, { feeBps, rules, bounds, withdraw: { mint, decimals: 6 } });
const errorsOf = (change: Partial<Draft>, feeBps?: number) =>
  Object.keys((act(change, feeBps) as { errors: object }).errors ?? {});

describe('a draft', () => {
  it('changes the fee by one to fifty basis points', () => {
    expect(errorsOf({ fee: '1' })).toEqual(['fee']);
    expect(act({ fee: '1.01' })).toEqual({ action: { __kind: 'SetFee', feeBps: 101 } });
    expect(act({ fee: '1.5' })).toEqual({ action: { __kind: 'SetFee', feeBps: 150 } });
    expect(errorsOf({ fee: '1.51' })).toEqual(['fee']);
    expect(errorsOf({ fee: '5.01' }, 480)).toEqual(['fee']);
  });
  it('is not ready, nor wrong, before anything is typed', () => {
    expect([act({}), act({ kind: 'SetArbiter' })]).toEqual([{ errors: {} }, { errors: {} }]);
  });
  it('withdraws all where no amount is named', () => {
    expect(act({ kind: 'WithdrawFees' })).toEqual({
      action: { __kind: 'WithdrawFees', mint, amount: (1n << 64n) - 1n },
    });
    expect(act({ kind: 'WithdrawFees', amount: '2.5' })).toEqual({
      action: { __kind: 'WithdrawFees', mint, amount: 2_500_000n },
    });
    expect(errorsOf({ kind: 'WithdrawFees', amount: '0' })).toEqual(['amount']);
  });
  it('names wallets only by addresses', () => {
    expect(errorsOf({ kind: 'SetTreasury', address: 'me' })).toEqual(['address']);
    expect(act({ kind: 'SetGuardian', address: ` ${mint} ` })).toEqual({
      action: { __kind: 'SetGuardian', guardian: mint },
    });
  });
  it('keeps the rules in force where nothing is changed, and says what is out of bounds', () => {
    expect(act({ kind: 'SetVotingRules' })).toEqual({ action: { __kind: 'SetVotingRules', rules } });
    expect(errorsOf({ kind: 'SetVotingRules', votingDays: '2', quorum: '41', depositSol: '0.04' })).toEqual([
      'votingDays',
      'quorum',
      'depositSol',
    ]);
  });
});
