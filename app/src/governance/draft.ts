import { isAddress, type Address } from '@solana/kit';
import type { ActionArgs, VotingRules } from 'gpu-lease';
import type { Bounds } from 'gpu-lease/rules';
import { formatAmount, formatBps, parseAmount, parseBps, writeAmount } from '../ui/format';
import { HOW_TO_WRITE, parseNumber } from '../ui/number';

export const KINDS = {
  SetFee: 'Change the fee',
  WithdrawFees: 'Withdraw fees to the treasury',
  SetTreasury: 'Name another treasury',
  SetArbiter: 'Name another arbiter',
  SetGuardian: 'Name another guardian',
  SetVotingRules: 'Change the voting rules',
} as const;

export type Kind = keyof typeof KINDS;

/** A proposal as it is typed. */
export type Draft = {
  kind: Kind;
  fee: string;
  address: string;
  /** Decimal amount; empty for all. */
  amount: string;
  votingDays: string;
  extensionHours: string;
  timelockHours: string;
  executionDays: string;
  quorum: string;
  depositSol: string;
};

type Present = {
  feeBps: number;
  rules: VotingRules;
  bounds: Bounds;
  withdraw: { mint: Address; decimals: number };
};

const ALL = (1n << 64n) - 1n;
const DAY = 86_400;
const HOUR = 3_600;

/** A draft that changes nothing yet. */
export const draftOf = (rules: VotingRules): Draft => ({
  kind: 'SetFee',
  fee: '',
  address: '',
  amount: '',
  votingDays: String(rules.votingPeriod / DAY),
  extensionHours: String(rules.extension / HOUR),
  timelockHours: String(rules.timelock / HOUR),
  executionDays: String(rules.executionWindow / DAY),
  quorum: formatBps(rules.quorumBps).replace('%', ''),
  depositSol: writeAmount(rules.deposit, 9),
});

const seconds = (text: string, unit: number, least: number, most: number): number | string => {
  const read = parseNumber(text);
  const value = typeof read === 'number' ? Math.round(read * unit) : read;
  return value === HOW_TO_WRITE || (typeof value === 'number' && value >= least && value <= most)
    ? value
    : `From ${least / unit} to ${most / unit}.`;
};

/** The action that a draft means, or what is wrong with each of its fields. */
export function actionOf(
  draft: Draft,
  { feeBps, rules, bounds, withdraw }: Present,
): { action: ActionArgs } | { errors: Partial<Record<keyof Draft, string>> } {
  const address = draft.address.trim();
  switch (draft.kind) {
    case 'SetFee': {
      const bps = parseBps(draft.fee);
      if (draft.fee.trim() === '') return { errors: {} };
      if (typeof bps === 'string') return { errors: { fee: bps } };
      if (bps === feeBps) return { errors: { fee: 'This is the fee in force; choose another.' } };
      if (bps > bounds.maxFeeBps) return { errors: { fee: `At most ${formatBps(bounds.maxFeeBps)}.` } };
      if (Math.abs(bps - feeBps) > bounds.maxFeeStepBps)
        return {
          errors: {
            fee: `At most ${formatBps(bounds.maxFeeStepBps)} more or less than ${formatBps(feeBps)}.`,
          },
        };
      return { action: { __kind: 'SetFee', feeBps: bps } };
    }
    case 'WithdrawFees': {
      const amount = draft.amount.trim() === '' ? ALL : parseAmount(draft.amount, withdraw.decimals);
      if (typeof amount === 'string') return { errors: { amount } };
      if (amount === 0n) return { errors: { amount: 'Choose an amount above zero.' } };
      return { action: { __kind: 'WithdrawFees', mint: withdraw.mint, amount } };
    }
    case 'SetVotingRules': {
      const votingPeriod = seconds(draft.votingDays, DAY, bounds.minVotingPeriod, bounds.maxVotingPeriod);
      const extension = seconds(draft.extensionHours, HOUR, bounds.minExtension, bounds.maxExtension);
      const timelock = seconds(draft.timelockHours, HOUR, bounds.minTimelock, bounds.maxTimelock);
      const executionWindow = seconds(
        draft.executionDays,
        DAY,
        bounds.minExecutionWindow,
        bounds.maxExecutionWindow,
      );
      const quorumBps = parseBps(draft.quorum);
      const deposit = parseAmount(draft.depositSol, 9);
      const quorumError =
        typeof quorumBps === 'string'
          ? quorumBps
          : quorumBps < bounds.minQuorumBps || quorumBps > bounds.maxQuorumBps
            ? `From ${formatBps(bounds.minQuorumBps)} to ${formatBps(bounds.maxQuorumBps)}.`
            : undefined;
      const depositError =
        typeof deposit === 'string'
          ? deposit
          : deposit < bounds.minProposalDeposit || deposit > bounds.maxProposalDeposit
            ? `From ${formatAmount(bounds.minProposalDeposit, 9)} to ${formatAmount(bounds.maxProposalDeposit, 9)} SOL.`
            : undefined;
      if (
        typeof votingPeriod === 'string' ||
        typeof extension === 'string' ||
        typeof timelock === 'string' ||
        typeof executionWindow === 'string' ||
        typeof quorumBps === 'string' ||
        typeof deposit === 'string' ||
        quorumError ||
        depositError
      ) {
        const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
        const all = {
          votingDays: text(votingPeriod),
          extensionHours: text(extension),
          timelockHours: text(timelock),
          executionDays: text(executionWindow),
          quorum: quorumError,
          depositSol: depositError,
        };
        return { errors: Object.fromEntries(Object.entries(all).filter(([, error]) => error)) };
      }
      return {
        action: {
          __kind: 'SetVotingRules',
          rules: {
            deposit,
            votingPeriod,
            extension,
            timelock,
            executionWindow,
            quorumBps,
            spare: rules.spare,
          },
        },
      };
    }
    default: {
      if (address === '') return { errors: {} };
      if (!isAddress(address)) return { errors: { address: 'This is not a valid wallet address.' } };
      if (draft.kind === 'SetTreasury') return { action: { __kind: 'SetTreasury', treasury: address } };
      if (draft.kind === 'SetArbiter') return { action: { __kind: 'SetArbiter', arbiter: address } };
      return { action: { __kind: 'SetGuardian', guardian: address } };
    }
  }
}
