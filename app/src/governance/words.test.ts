import { expect, it } from 'vitest';
import { actionWords, participantVerdict, phaseWords, tokenVerdict } from './words';

const passing = { hasQuorum: true, hasMajority: true, isRefused: false, passes: true };
const failing = { ...passing, passes: false };

it('says where the fee goes from where', () => {
  expect(actionWords({ action: 'set_fee', feeBps: 150n }, 125)).toBe('Raise the fee from 1.25% to 1.5%');
  expect(actionWords({ action: 'set_fee', feeBps: 100n }, 125)).toBe('Lower the fee from 1.25% to 1%');
});

it('tells all fees from a part of them', () => {
  const token = { decimals: 6, symbol: 'tUSD' };
  expect(actionWords({ action: 'withdraw_fees', mint: 'm', amount: (1n << 64n) - 1n }, 0, token)).toBe(
    'Withdraw all fees to the treasury',
  );
  expect(actionWords({ action: 'withdraw_fees', mint: 'm', amount: 2_500_000n }, 0, token)).toContain(
    '2.50 tUSD',
  );
});

it('says what waits for what', () => {
  const base = {
    standing: passing,
    isTakenBack: false,
    isVoid: false,
    endsAt: 1n,
    executableFrom: 2n,
    expiresAt: 3n,
  };
  const at = (moment: bigint) => `<${moment}>`;
  expect(phaseWords({ ...base, phase: 'timelocked' }, at)).toContain('<2>');
  expect(phaseWords({ ...base, phase: 'executable' }, at)).toContain('<3>');
  expect(phaseWords({ ...base, phase: 'executable', isVoid: true }, at)).toContain('never');
  expect(phaseWords({ ...base, phase: 'failed', isTakenBack: true }, at)).toContain('took it back');
});

it('says what a proposal failed of', () => {
  const failed = (standing: object) =>
    phaseWords(
      {
        phase: 'failed',
        standing: { ...failing, ...standing },
        isTakenBack: false,
        isVoid: false,
        endsAt: 1n,
        executableFrom: 2n,
        expiresAt: 3n,
      },
      String,
    );
  expect(failed({ hasQuorum: false, isRefused: true })).toContain('quorum');
  expect(failed({ hasMajority: false })).toContain('not more votes for it');
  expect(failed({ isRefused: true })).toContain('participants refused');
});

it('speaks of a vote that is over as over', () => {
  expect([tokenVerdict(passing, false), tokenVerdict(passing, true)]).toEqual([
    'They pass it as the votes stand.',
    'They passed it.',
  ]);
  expect(tokenVerdict({ ...failing, hasMajority: false }, true)).toBe(
    'The quorum was reached, but not the majority.',
  );
  expect(participantVerdict({ ...failing, isRefused: true }, true)).toBe('They refused it.');
});
