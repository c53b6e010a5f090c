import { useMemo } from 'react';
import { Link } from 'react-router';
import type { Keyed, Kinds } from 'gpu-lease';
import { useMints, useTokens, type Token } from '../chain/accounts';
import { useNow } from '../chain/clock';
import { useHistory } from '../chain/useHistory';
import { HistoryFoot } from '../shell/HistoryFoot';
import { Empty, Section, Skeleton, Stat, Stats } from '../ui/Blocks';
import { buttonClass } from '../ui/Button';
import { Chart } from '../ui/Chart';
import { formatAmount, formatCount, formatTime } from '../ui/format';
import { Read } from '../onchain/Read';
import type { Reading } from '../ui/reading';
import { Amount } from '../ui/Values';
import { addedUp, creditsOf, earnedSince, earnings, type Earning } from './earnings';
import { mintsOfLeases } from './mintsOfLeases';

const MONTH = 30n * 86_400n;

/** What a provider was paid, from the events of all its leases. */
export function Earnings({
  provider,
  open,
}: {
  provider: Keyed<Kinds['provider']>;
  open: Reading<Keyed<Kinds['lease']>[]>;
}) {
  const past = useHistory(provider.address, 'provider');
  const { entries, isWhole } = past.history.data ?? {};
  const since = isWhole ? undefined : entries?.[0]?.time;
  const tokens = useTokens();
  const policies = useMints();
  const byMint = useMemo(() => {
    const mints = mintsOfLeases(entries ?? [], provider.address, open.data ?? [], [...policies.values()]);
    const all = earnings(entries ?? [], (lease) => mints.get(lease));
    return [...new Set(mints.values())].map((mint) => ({
      mint,
      all: all.filter((earning) => earning.mint === mint),
    }));
  }, [entries, provider.address, open.data, policies]);

  return (
    <Section
      title="Earnings"
      aside={
        <Link className={buttonClass('secondary', true)} to="/spending">
          Spending and earnings
        </Link>
      }
    >
      <Read of={past.history} what="what you were paid" waiting={<Skeleton height="20rem" />}>
        {({ isWhole, gaps }) =>
          // In what an open lease pays is known from the lease alone.
          open.data === undefined ? (
            <Read of={open} what="your leases">
              {() => null}
            </Read>
          ) : byMint.every(({ all }) => all.length === 0) ? (
            isWhole &&
            gaps.length === 0 && (
              <Empty title="Nothing paid yet">
                Report what you delivered; once it is final, you collect it under “Your leases”.
              </Empty>
            )
          ) : (
            byMint.map(({ mint, all }) => {
              const token = tokens.get(mint);
              return token && <InOneCurrency key={mint} token={token} all={all} since={since} />;
            })
          )
        }
      </Read>
      <HistoryFoot of={past} />
    </Section>
  );
}

/** `since` is from when on it is known, if not from the beginning. */
function InOneCurrency({ token, all, since }: { token: Token; all: Earning[]; since: bigint | undefined }) {
  const now = useNow();
  const leases = new Set(all.map(({ lease }) => lease)).size;
  const credits = creditsOf(all);
  return (
    <>
      <Stats>
        <Stat
          label={since === undefined ? 'Paid to you in total' : `Paid to you since ${formatTime(since)}`}
          tone="in"
          note={`from ${formatCount(leases, 'lease')}, not counting bonds`}
        >
          <Amount value={earnedSince(all, 0n)} token={token} />
        </Stat>
        <Stat
          label={
            since === undefined || since < now - MONTH
              ? 'In the last 30 days'
              : 'In the last 30 days, as far as shown'
          }
          tone="in"
        >
          <Amount value={earnedSince(all, now - MONTH)} token={token} />
        </Stat>
        <Stat
          label="Lost from your bonds"
          {...(credits > 0n ? { tone: 'out' as const } : {})}
          note={since === undefined ? 'for missing GPU time' : 'for missing GPU time, in what is shown'}
        >
          <Amount value={credits} token={token} />
        </Stat>
      </Stats>
      <AddedUp token={token} all={all} since={since} />
    </>
  );
}

function AddedUp({ token, all, since }: { token: Token; all: Earning[]; since: bigint | undefined }) {
  // A chart is drawn again whenever what it is given changes.
  const drawn = useMemo(() => {
    const points = addedUp(all);
    return {
      x: points.map(({ time }) => Number(time)),
      series: [
        {
          label: 'Paid in total',
          tone: 'in' as const,
          kind: 'steps' as const,
          values: points.map(({ total }) => Number(total)),
        },
      ],
      format: (value: number) => formatAmount(BigInt(Math.round(value)), token.decimals, { places: 2 }),
    };
  }, [all, token]);
  return (
    <Chart
      {...drawn}
      caption={`What you were paid in ${token.symbol}${since === undefined ? '' : ` since ${formatTime(since)}`}, added up, after fees.`}
    />
  );
}
