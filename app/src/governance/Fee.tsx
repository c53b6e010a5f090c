import { useMemo } from 'react';
import { useFeeParams, useGovernance } from '../chain/accounts';
import { useHistory } from '../chain/history';
import { useNow } from '../chain/clock';
import { rules } from '../rules';
import { Section, Skeleton, Stat, Stats } from '../ui/Blocks';
import { Chart } from '../ui/Chart';
import { formatBps, formatCount } from '../ui/format';
import { AddressText, Time } from '../ui/Values';
import { feeHistory } from './feeHistory';

/** The fee now, and how it came to be. */
export function Fee() {
  const { feeBps, effectiveSince, treasury, changes } = useFeeParams();
  // Whatever changes the fee takes the account of the votes too, and that one is not named by every new lease.
  const history = useHistory(useGovernance().address);
  const now = useNow();
  const minute = now - (now % 60n);
  const points = useMemo(() => history.data && feeHistory(history.data, feeBps, minute), [history.data, feeBps, minute]);
  const chart = useMemo(
    () =>
      points && {
        x: points.map(({ time }) => Number(time)),
        series: [{ label: 'Fee', tone: 'out' as const, kind: 'steps' as const, values: points.map(({ bps }) => bps) }],
      },
    [points],
  );
  const { maxFeeBps, maxFeeStepBps } = rules().bounds();
  return (
    <Section title="The fee">
      <Stats>
        <Stat label="Of what providers are paid" note={<>since <Time at={effectiveSince} /></>}>
          {formatBps(feeBps)}
        </Stat>
        <Stat label="Never above" note={`at most ${formatBps(maxFeeStepBps)} more or less in a vote`}>
          {formatBps(maxFeeBps)}
        </Stat>
        <Stat label="Changed" note="open leases keep theirs">
          {formatCount(changes, 'time')}
        </Stat>
        <Stat label="Goes to the treasury" note="when a vote says so">
          <AddressText address={treasury} />
        </Stat>
      </Stats>
      {chart ? <Chart caption="The fee over time, in percent." {...chart} format={percent} /> : <Skeleton height="18rem" />}
    </Section>
  );
}

const percent = (bps: number) => `${(bps / 100).toFixed(2)}%`;
