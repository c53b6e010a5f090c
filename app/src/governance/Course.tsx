import { program } from 'gpu-lease/rules';
import { useGovernance } from '../chain/accounts';
import { useNow } from '../chain/clock';
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
  const { refusalQuorumBps, feeEpoch, weightEpochs } = program().bounds();
  const { votes: quorum } = program().quorum(governance.bytes, token.supply, useNow());
  return (
    <Section title="How it is decided">
      <ol className={styles.course}>
        <li>
          <h3>Lock</h3>
          <p>
            One locked {token.symbol} is one vote. It stays locked until the vote is over, so votes cannot be
            borrowed.
          </p>
        </li>
        <li>
          <h3>Propose</h3>
          <p>
            Anyone can, for a deposit of {formatAmount(deposit, 9)} SOL that comes back: to change the fee,
            the treasury, the arbiter, the guardian or these rules, or to withdraw fees to the treasury.
          </p>
        </li>
        <li>
          <h3>
            Vote, <Duration seconds={votingPeriod} />
          </h3>
          <p>
            It passes with more votes for than against, and at least {formatAmount(quorum, token.decimals)}{' '}
            {token.symbol} for. If the result flips in the last <Duration seconds={extension} />, everyone
            gets that long to answer, three times at most.
          </p>
        </li>
        <li>
          <h3>Refuse</h3>
          <p>
            Renters and providers can refuse a higher fee. Their weight is the least that they paid in fees in
            any of the last {weightEpochs} complete periods of <Duration seconds={feeEpoch} />. It takes more
            against than for, and at least {formatBps(refusalQuorumBps)} of all weight.
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
          <p>Anyone can. Open leases keep the fee and the terms that were signed.</p>
        </li>
      </ol>
    </Section>
  );
}
