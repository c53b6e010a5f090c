import type { Token } from '../chain/accounts';
import type { Action, ProposalOutlook, ProposalPhase } from '../rules';
import { formatAmount, formatBps, formatDuration, shortAddress } from '../ui/format';
import type { Tone } from '../ui/Values';

const ALL = (1n << 64n) - 1n;

/** What a proposal would do, as a heading. `feeBps` is the rate that it was made against. */
export function actionWords(action: Action, feeBps: number, token?: Pick<Token, 'decimals' | 'symbol'>): string {
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
        : `Withdraw ${token ? `${formatAmount(action.amount, token.decimals)} ${token.symbol}` : `${action.amount} base units`} of fees to the treasury`;
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
export function phaseWords(outlook: Pick<ProposalOutlook, 'phase' | 'isTakenBack' | 'isVoid' | 'endsAt' | 'executableFrom' | 'expiresAt'>, at: (moment: bigint) => string): string {
  const { phase, isTakenBack, isVoid, endsAt, executableFrom, expiresAt } = outlook;
  if (isTakenBack) return 'Its proposer took it back.';
  if (isVoid && phase !== 'executed') return 'The fee has moved since it was made, so it can never be executed.';
  switch (phase) {
    case 'voting':
      return `Votes are taken until the end, ${at(endsAt)}.`;
    case 'ended':
      return 'The vote is over. Anyone can let the program decide it.';
    case 'timelocked':
      return `It passed. Anyone can execute it ${at(executableFrom)}: time to leave for those who disagree.`;
    case 'executable':
      return `It passed. Anyone can execute it; it expires ${at(expiresAt)}.`;
    case 'expired':
      return 'It passed, and nobody executed it in time.';
    case 'failed':
      return 'It did not pass.';
    case 'executed':
      return 'It passed and was executed.';
  }
}
