import { useGovernance } from '../chain/accounts';
import { useNow } from '../chain/clock';
import { rules } from '../rules';
import { Section } from '../ui/Blocks';
import { formatAmount, formatBps } from '../ui/format';
import { Duration } from '../ui/Values';
import styles from './Course.module.css';
import { useVoteToken } from './useVoteToken';

/** How a decision comes about, by the rules in force. */
export function Course() {
  const governance = useGovernance();
  const token = useVoteToken();
  const { votingPeriod, extension, timelock, executionWindow, deposit } = governance.rules;
  const { refusalQuorumBps, feeEpoch, weightEpochs } = rules().bounds();
  const { votes: quorum } = rules().quorum(governance.bytes, token.supply, useNow());
  return (
    <Section title="How it is decided">
      <ol className={styles.course}>
        <li>
          <h3>Lock</h3>
          <p>One locked {token.symbol} is one vote. It stays locked until the vote is over, so votes cannot be borrowed.</p>
        </li>
        <li>
          <h3>Propose</h3>
          <p>
            Anyone can, for {formatAmount(deposit, 9)} SOL that come back: the fee, withdrawals to the treasury, the treasury, the arbiter, the guardian
            or these rules.
          </p>
        </li>
        <li>
          <h3>
            Vote, <Duration seconds={votingPeriod} />
          </h3>
          <p>
            It passes with more votes for than against, and at least {formatAmount(quorum, token.decimals)} {token.symbol} for. A turn in the last{' '}
            <Duration seconds={extension} /> gives everyone that long to answer, three times at most.
          </p>
        </li>
        <li>
          <h3>Refuse</h3>
          <p>
            Renters and providers can refuse a higher fee, weighed by the least that they paid in one of the last {weightEpochs} complete periods of{' '}
            <Duration seconds={feeEpoch} />: with more against than for, and {formatBps(refusalQuorumBps)} of all weight.
          </p>
        </li>
        <li>
          <h3>
            Wait, <Duration seconds={timelock} />
          </h3>
          <p>Nothing happens yet. Anyone who disagrees has time to leave.</p>
        </li>
        <li>
          <h3>
            Execute, within <Duration seconds={executionWindow} />
          </h3>
          <p>Anyone can. Leases that are open keep the fee and the terms that were signed.</p>
        </li>
      </ol>
    </Section>
  );
}
