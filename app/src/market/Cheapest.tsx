import { useMemo } from 'react';
import { Link } from 'react-router';
import { program } from 'gpu-lease/rules';
import { useFeeParams } from '../chain/accounts';
import type { Row } from '../listing/row';
import { UnknownToken } from '../onchain/TokenOptions';
import { Actions, Callout, Skeleton, Stat, Stats } from '../ui/Blocks';
import { buttonClass } from '../ui/Button';
import { formatCount, formatDuration } from '../ui/format';
import { Amount } from '../ui/Values';
import styles from './Market.module.css';
import { cheapest, rentLink, secondsOf, type Search } from './search';
import { useCheapestFound } from './useCheapestFound';

/** The offers that meet the needs for least, one of each currency, and what they come to. */
export function Cheapest({ rows, search }: { rows: Row[] | undefined; search: Search }) {
  const found = useMemo(() => rows && cheapest(rows, search), [rows, search]);
  return found ? <Bests all={found} search={search} /> : <CheapestFound search={search} />;
}

/** The same of those that an indexer finds, since not all are known. */
function CheapestFound({ search }: { search: Search }) {
  const all = useCheapestFound(search);
  return all ? <Bests all={all} search={search} /> : <Skeleton height="6rem" />;
}

function Bests({ all, search }: { all: Row[]; search: Search }) {
  const { feeBps } = useFeeParams();
  if (all.length === 0)
    return (
      <Callout tone="risk">
        No open offer matches. Ask for fewer GPUs, less memory or a different length.
      </Callout>
    );
  return all.map((best) => <Best key={best.token.mint} best={best} search={search} feeBps={feeBps} />);
}

function Best({ best, search, feeBps }: { best: Row; search: Search; feeBps: number }) {
  const seconds = secondsOf(search) || best.offer.terms.minDuration;
  const { total } = program().quote({
    offer: best.offer.bytes,
    gpus: search.gpus,
    duration: seconds,
    feeBps,
  });
  return (
    <div className={styles.cheapest}>
      <Stats>
        <Stat
          label={`Cheapest match, in ${best.token.symbol}`}
          note={
            <>
              {best.offer.listing.memoryGib} GiB, <bdi>{best.region || 'region not declared'}</bdi>
            </>
          }
        >
          <bdi>{best.model}</bdi>
        </Stat>
        <Stat
          label="In total"
          note={`${formatCount(search.gpus, 'GPU')} for ${formatDuration(seconds)}, including the fee`}
        >
          <Amount value={total} token={best.token} tone="out" /> <UnknownToken token={best.token} />
        </Stat>
      </Stats>
      <Actions>
        <Link className={buttonClass('primary')} to={rentLink(best, search)}>
          Rent it
        </Link>
      </Actions>
    </div>
  );
}
