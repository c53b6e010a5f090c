import { useMemo } from 'react';
import { program } from 'gpu-lease/rules';
import { useAccounts } from '../chain/accounts';
import { useNow } from '../chain/clock';
import { Empty, Section, Skeleton, Stat, Stats } from '../ui/Blocks';
import { Chart } from '../ui/Chart';
import type { Series } from '../ui/Plot';
import { formatBps, formatCount } from '../ui/format';
import { Failed } from '../onchain/Read';
import { together } from '../ui/reading';
import styles from './Concentration.module.css';
import { lorenz } from './lorenz';

/** How evenly the say is spread, in both houses. */
export function Concentration() {
  const locks = useAccounts('voteLock');
  const participants = useAccounts('participant');
  const all = together({ locks, participants });
  const now = useNow();
  const day = now - (now % 86_400n);
  const tokens = useMemo(() => locks.data?.map(({ amount }) => amount), [locks.data]);
  const fees = useMemo(
    () => participants.data?.map(({ bytes }) => program().weightOfFees(bytes, day)),
    [participants.data, day],
  );
  return (
    <Section title="Who holds the votes">
      {all.isFailed && <Failed of={all} what="who holds the votes" />}
      <div className={styles.houses}>
        <House
          name="Token holders"
          what="of locked tokens"
          weights={tokens}
          isFailed={locks.isError}
          empty="Nobody has locked tokens. Anyone who does decides alone."
        />
        <House
          name="Participants"
          what="of the fees of three months"
          weights={fees}
          isFailed={participants.isError}
          empty="Nobody has paid fees in three complete months."
        />
      </div>
    </Section>
  );
}

function House({
  name,
  what,
  weights,
  isFailed,
  empty,
}: {
  name: string;
  what: string;
  weights: bigint[] | undefined;
  isFailed: boolean;
  empty: string;
}) {
  const chart = useMemo(() => {
    if (!weights) return undefined;
    const curve = lorenz(weights);
    const x = curve.map(({ holders }) => holders);
    const series: Series[] = [
      { label: 'Held', tone: 'out', values: curve.map(({ weight }) => weight) },
      { label: 'Even', tone: 'ink', values: x, dashed: true },
    ];
    return { x, series };
  }, [weights]);
  if (!weights || !chart) return isFailed ? null : <Skeleton height="22rem" />;
  const { holders, topTenBps, deciders, giniBps } = program().concentration(weights);
  if (holders === 0n)
    return (
      <div>
        <h3>{name}</h3>
        <Empty title="No weight yet">{empty}</Empty>
      </div>
    );
  return (
    <div className={styles.house}>
      <h3>{name}</h3>
      <Stats>
        <Stat label="Can decide together" note={`of ${formatCount(holders, 'holder')}`}>
          {deciders.toString()}
        </Stat>
        <Stat label="Ten largest hold">{formatBps(topTenBps)}</Stat>
        <Stat label="Gini" note="0: all hold the same, 1: one holds all">
          {(giniBps / 10_000).toFixed(2)}
        </Stat>
      </Stats>
      <Chart
        caption={`Share ${what} that the smallest holders have together. The straight line is an even spread.`}
        {...chart}
        isTime={false}
        format={share}
        formatX={share}
      />
    </div>
  );
}

const share = (value: number) => `${Math.round(value * 100)}%`;
