import type { Action, ProposalOutlook, ProposalPhase, Standing } from 'gpu-lease/rules';
import type { Token } from '../chain/accounts';
import { formatBps, formatDuration, formatMoney, shortAddress } from '../ui/format';
import type { Tone } from '../ui/Values';

const ALL = (1n << 64n) - 1n;

/** The token whose fees an action withdraws, if it does that and the token is known. */
export const tokenOf = <T>(action: Action, tokens: ReadonlyMap<string, T>): T | undefined =>
  action.action === 'withdraw_fees' ? tokens.get(action.mint) : undefined;

/** What a proposal would do, as a heading. `feeBps` is the rate that it was made against. */
export function actionWords(
  action: Action,
  feeBps: number,
  token?: Pick<Token, 'decimals' | 'symbol'>,
): string {
  switch (action.action) {
    case 'set_fee':
      return `${action.feeBps > BigInt(feeBps) ? 'Raise' : 'Lower'} the fee from ${formatBps(feeBps)} to ${formatBps(action.feeBps)}`;
    case 'set_treasury':
      return `Pay fees to ${shortAddress(action.treasury)}`;
    case 'set_arbiter':
      return `Let ${shortAddress(action.arbiter)} decide disputes of new leases`;
    case 'set_guardian':
      return `Let ${shortAddress(action.guardian)} be the guardian`;
    case 'set_voting_rules':
      return `Change the voting rules: ${formatDuration(action.rules.votingPeriod)} to vote, quorum ${formatBps(action.rules.quorumBps)}`;
    case 'withdraw_fees':
      return action.amount === ALL
        ? 'Withdraw all fees to the treasury'
        : `Withdraw ${token ? formatMoney(action.amount, token) : `${action.amount} base units`} of fees to the treasury`;
  }
}

export const PROPOSAL_TONES: Record<ProposalPhase, Tone | undefined> = {
  voting: 'in',
  ended: 'out',
  timelocked: 'out',
  executable: 'out',
  expired: undefined,
  failed: undefined,
  executed: 'in',
};

/** Where a proposal stands, in a sentence. `at` writes a moment relative to now. */
export function phaseWords(
  outlook: Pick<
    ProposalOutlook,
    'phase' | 'standing' | 'isTakenBack' | 'isVoid' | 'endsAt' | 'executableFrom' | 'expiresAt'
  >,
  at: (moment: bigint) => string,
): string {
  const { phase, standing, isTakenBack, isVoid, endsAt, executableFrom, expiresAt } = outlook;
  if (isTakenBack) return 'Its proposer took it back.';
  if (isVoid && phase !== 'executed')
    return 'The fee has changed since it was made, so it can never be executed.';
  switch (phase) {
    case 'voting':
      return `The vote ends ${at(endsAt)}; it ${standing.passes ? 'passes' : 'fails'} as the votes stand.`;
    case 'ended':
      return `The vote is over. ${standing.passes ? 'It passes' : 'It fails'} once anyone finalizes it.`;
    case 'timelocked':
      return `It passed. Anyone can execute it ${at(executableFrom)}: time to leave for those who disagree.`;
    case 'executable':
      return `It passed. Anyone can execute it; it expires ${at(expiresAt)}.`;
    case 'expired':
      return 'It passed, and nobody executed it in time.';
    case 'failed':
      return failureWords(standing);
    case 'executed':
      return 'It passed and was executed.';
  }
}

function failureWords({ hasQuorum, hasMajority }: Standing): string {
  if (!hasQuorum) return 'It did not pass: the votes for it did not reach the quorum.';
  if (!hasMajority) return 'It did not pass: there were not more votes for it than against.';
  return 'The token holders passed it, and the participants refused it.';
}

export function tokenVerdict({ hasQuorum, hasMajority }: Standing, isOver: boolean): string {
  if (!hasQuorum) return `The votes for it ${isOver ? 'did not reach' : 'have not reached'} the quorum.`;
  if (!hasMajority) return `The quorum ${isOver ? 'was' : 'is'} reached, but not the majority.`;
  return isOver ? 'They passed it.' : 'They pass it as the votes stand.';
}

export function participantVerdict({ isRefused }: Standing, isOver: boolean): string {
  if (isOver) return isRefused ? 'They refused it.' : 'They let it pass.';
  return `They ${isRefused ? 'refuse it' : 'let it pass'} as the votes stand.`;
}
