import { useMemo } from 'react';
import { program } from 'gpu-lease/rules';
import { useFeeParams, useGovernance } from '../chain/accounts';
import { useHistory } from '../chain/useHistory';
import { useNow } from '../chain/clock';
import { HistoryFoot } from '../shell/HistoryFoot';
import { Section, Skeleton, Stat, Stats } from '../ui/Blocks';
import { Chart } from '../ui/Chart';
import { formatBps, formatCount } from '../ui/format';
import { Read } from '../onchain/Read';
import { mapped } from '../ui/reading';
import { AddressText } from '../onchain/AddressText';
import { Time } from '../ui/Values';
import { FeeChanges } from './FeeChanges';
import { feeHistory } from './feeHistory';

/** The fee now, and how it came to be. */
export function Fee() {
  const { feeBps, effectiveSince, treasury, changes } = useFeeParams();
  // Whatever changes the fee takes the account of the votes too, and that one is not named by every new lease.
  const past = useHistory(useGovernance().address, 'governance');
  const { entries } = past.history.data ?? {};
  const now = useNow();
  const minute = now - (now % 60n);
  const points = useMemo(() => entries && feeHistory(entries, feeBps, minute), [entries, feeBps, minute]);
  const chart = useMemo(
    () =>
      points && {
        x: points.map(({ time }) => Number(time)),
        series: [
          {
            label: 'Fee',
            tone: 'out' as const,
            kind: 'steps' as const,
            values: points.map(({ bps }) => bps),
          },
        ],
      },
    [points],
  );
  const { maxFeeBps, maxFeeStepBps } = program().bounds();
  return (
    <Section title="The fee">
      <Stats>
        <Stat
          label="Of what providers are paid"
          note={
            <>
              since <Time at={effectiveSince} />
            </>
          }
        >
          {formatBps(feeBps)}
        </Stat>
        <Stat label="Never above" note={`a vote changes it by at most ${formatBps(maxFeeStepBps)}`}>
          {formatBps(maxFeeBps)}
        </Stat>
        <Stat label="Changed" note="open leases keep theirs">
          {formatCount(changes, 'time')}
        </Stat>
        <Stat label="Goes to the treasury" note="when a vote says so">
          <AddressText address={treasury} />
        </Stat>
      </Stats>
      <Read
        of={mapped(past.history, () => chart!)}
        what="what happened to the fee"
        waiting={<Skeleton height="18rem" />}
      >
        {(chart) => <Chart caption="The fee over time, in percent." {...chart} format={percent} />}
      </Read>
      <HistoryFoot of={past} />
      <FeeChanges />
    </Section>
  );
}

const percent = (bps: number) => `${(bps / 100).toFixed(2)}%`;
