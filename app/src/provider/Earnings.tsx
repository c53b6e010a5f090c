import { useMemo } from 'react';
import { useMints, useTokens, type Kinds, type Stored, type Token } from '../chain/accounts';
import { useNow } from '../chain/clock';
import { useHistory } from '../chain/history';
import { Empty, Notice, Section, Skeleton, Stat, Stats } from '../ui/Blocks';
import { Button } from '../ui/Button';
import { Chart } from '../ui/Chart';
import { formatAmount, formatCount } from '../ui/format';
import { Amount } from '../ui/Values';
import { addedUp, creditsOf, earnedSince, earnings, type Earning } from './earnings';
import { mintsOfLeases } from './mintsOfLeases';

const MONTH = 30n * 86_400n;

/** What a provider was paid, from the events of all its leases. */
export function Earnings({ provider, leases }: { provider: Stored<Kinds['provider']>; leases: Stored<Kinds['lease']>[] }) {
  const history = useHistory(provider.address);
  const tokens = useTokens();
  const policies = useMints();
  const byMint = useMemo(() => {
    const mints = mintsOfLeases(history.data ?? [], provider.address, leases, [...policies.values()]);
    const all = earnings(history.data ?? [], (lease) => mints.get(lease));
    return [...new Set(mints.values())].map((mint) => ({ mint, all: all.filter((earning) => earning.mint === mint) }));
  }, [history.data, provider.address, leases, policies]);

  return (
    <Section title="Earnings">
      {history.isPending ? (
        <Skeleton height="20rem" />
      ) : history.isError ? (
        <Notice tone="risk" action={<Button small onClick={() => void history.refetch()}>Try again</Button>}>
          The cluster could not be asked for what happened.
        </Notice>
      ) : byMint.every(({ all }) => all.length === 0) ? (
        <Empty title="Nothing was paid yet">Report what you delivered; once it is final, you collect it under “Your leases”.</Empty>
      ) : (
        byMint.map(({ mint, all }) => {
          const token = tokens.get(mint);
          return token && <InOneCurrency key={mint} token={token} all={all} />;
        })
      )}
    </Section>
  );
}

function InOneCurrency({ token, all }: { token: Token; all: Earning[] }) {
  const now = useNow();
  const leases = new Set(all.map(({ lease }) => lease)).size;
  const credits = creditsOf(all);
  return (
    <>
      <Stats>
        <Stat label="Paid to you in all" tone="in" note={`out of ${formatCount(leases, 'lease')}, bonds not counted`}>
          <Amount value={earnedSince(all, 0n)} token={token} />
        </Stat>
        <Stat label="In the last 30 days" tone="in">
          <Amount value={earnedSince(all, now - MONTH)} token={token} />
        </Stat>
        <Stat label="Lost of your bonds" {...(credits > 0n ? { tone: 'out' as const } : {})} note="for missing GPU time">
          <Amount value={credits} token={token} />
        </Stat>
      </Stats>
      <AddedUp token={token} all={all} />
    </>
  );
}

function AddedUp({ token, all }: { token: Token; all: Earning[] }) {
  // A chart is drawn anew whenever what it is given changes.
  const drawn = useMemo(() => {
    const points = addedUp(all);
    return {
      x: points.map(({ time }) => Number(time)),
      series: [{ label: 'Paid in all', tone: 'in' as const, kind: 'steps' as const, values: points.map(({ total }) => Number(total)) }],
      format: (value: number) => formatAmount(BigInt(Math.round(value)), token.decimals, { places: 2 }),
    };
  }, [all, token]);
  return <Chart {...drawn} caption={`What you were paid in ${token.symbol}, added up, fees already taken off.`} />;
}
