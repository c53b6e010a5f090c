import { useVirtualizer } from '@tanstack/react-virtual';
import { Suspense, useCallback, useEffect, useRef, useSyncExternalStore, type ReactNode } from 'react';
import { Link } from 'react-router';
import { loadRules } from 'gpu-lease/rules';
import { useChain } from '../chain/Chain';
import { useMints, useProtocol } from '../chain/accounts';
import { useNow } from '../chain/clock';
import { Actions, Badge, Empty, Fields, Callout, PageTitle, Section, Skeleton } from '../ui/Blocks';
import { Button, buttonClass } from '../ui/Button';
import { Checkbox, NumberField, Select, TextField } from '../ui/Field';
import { formatBps, formatCount, formatMoney, formatNumber, formatShare } from '../ui/format';
import { useDrawn } from '../ui/first';
import { Guard } from '../ui/Guard';
import { later } from '../ui/later';
import { Read } from '../onchain/Read';
import { AddressText } from '../onchain/AddressText';
import { Amount, Time } from '../ui/Values';
import { IN_ITS_OWN_TIME } from '../ui/virtual';
import styles from './Market.module.css';
import { TokenOptions, UnknownToken } from '../onchain/TokenOptions';
import { EVERYTHING, ORDERS, rentLink, type Order, type Search } from './search';
import { INDEXED_ORDERS, indexedOrder } from './indexed';
import type { Row } from '../listing/row';
import { useOffering, type Offering } from './useOffering';
import { useSearch } from './useSearch';

const SavedSearches = later('SavedSearches', () => import('./SavedSearches'), null);
const IndexerNote = later('IndexerNote', () => import('./IndexerNote'), null);
const Cheapest = later(
  'Cheapest',
  async () => (await Promise.all([import('./Cheapest'), loadRules()]))[0],
  <Skeleton height="6rem" />,
);

const ORDER_WORDS: Record<Order, string> = {
  price: 'Price',
  memory: 'Memory',
  free: 'Free GPUs',
  reliability: 'Delivered before',
  carbon: 'Carbon intensity',
  uptime: 'Promised uptime',
};

/** What every offer asks for and gives, and which meets the reader's needs for least. */
export function Market() {
  return (
    <>
      <PageTitle
        title="Rent GPUs by the hour"
        name="Market"
        aside={
          <Link className={buttonClass('secondary', true)} to="/figures">
            Prices and figures
          </Link>
        }
      >
        Your payment waits in an escrow account and is released only for GPU time that was delivered. The rest
        comes back.
      </PageTitle>
      <Suspense fallback={<Skeleton height="60rem" />}>
        <Offered />
      </Suspense>
    </>
  );
}

function Offered() {
  const [search, change] = useSearch();
  const { cluster } = useChain();
  const mints = useMints();
  const offering = useOffering(search);
  const { of: known, rows, found, leftOut, indexed } = offering;
  useDrawn(known.data !== undefined || known.isFailed);

  return (
    <>
      {known.data && (
        <Suspense fallback={null}>
          <Paused />
        </Suspense>
      )}
      <Section title="What do you need?">
        <Fields>
          <NumberField
            label="GPUs"
            isWhole
            least={1}
            usual={EVERYTHING.gpus}
            value={search.gpus}
            onNumber={(gpus) => change({ gpus })}
          />
          <NumberField
            label="Hours"
            placeholder="any"
            usual={EVERYTHING.hours}
            value={search.hours}
            onNumber={(hours) => change({ hours })}
          />
          <NumberField
            label="Memory, at least"
            unit="GiB"
            isWhole
            placeholder="any"
            usual={EVERYTHING.memory}
            value={search.memory}
            onNumber={(memory) => change({ memory })}
          />
          <NumberField
            label="Delivered before, at least"
            unit="%"
            isWhole
            most={100}
            placeholder="any"
            usual={EVERYTHING.reliability}
            value={search.reliability}
            onNumber={(reliability) => change({ reliability })}
          />
        </Fields>
        {!known.data ? (
          !known.isFailed && <Skeleton height="6rem" />
        ) : (
          <Guard
            about={rows}
            fallback={<Callout tone="risk">The cost cannot be computed. Choose an offer below.</Callout>}
          >
            <Suspense fallback={<Skeleton height="6rem" />}>
              <Cheapest rows={indexed ? undefined : rows} search={search} />
            </Suspense>
          </Guard>
        )}
      </Section>

      <Section
        title="Offers"
        aside={
          <span className={styles.count} aria-live="polite">
            {!known.data
              ? known.isFailed
                ? 'not read'
                : 'Loading …'
              : !indexed
                ? `${formatNumber(found.length)} of ${formatCount(rows.length, 'offer')}`
                : indexed.hasMore
                  ? `the first ${formatCount(found.length, 'offer')}`
                  : formatCount(found.length, 'offer')}
          </span>
        }
      >
        <div className={styles.filters}>
          <TextField
            label="Model or region"
            value={search.text}
            placeholder="H100, eu-north"
            onChange={(e) => change({ text: e.target.value })}
          />
          {mints.size > 1 && (
            <Select
              label="Paid in"
              value={search.mint}
              onChange={(e) => change({ mint: e.target.value as Search['mint'] })}
            >
              <option value="">any currency</option>
              <TokenOptions />
            </Select>
          )}
          <div className={styles.order}>
            <Select
              label="Sorted by"
              value={indexed ? indexedOrder(search) : search.order}
              onChange={(e) => change({ order: e.target.value as Order })}
            >
              {(indexed ? INDEXED_ORDERS : ORDERS).map((order) => (
                <option key={order} value={order}>
                  {ORDER_WORDS[order]}
                </option>
              ))}
            </Select>
            {!indexed && (
              <Button
                aria-label={search.descending ? 'Highest first' : 'Lowest first'}
                onClick={() => change({ descending: !search.descending })}
              >
                {search.descending ? '↓' : '↑'}
              </Button>
            )}
          </div>
          <Checkbox
            label="Show those that are full or closed"
            checked={search.all}
            onChange={(e) => change({ all: e.target.checked })}
          />
        </div>
        <SavedSearches search={search} />
        {cluster.indexer && <IndexerNote offering={offering} />}
        <Read of={known} what="the offers" waiting={<Skeleton height="20rem" />}>
          {() => (
            <Offers
              rows={found}
              search={search}
              isEmpty={!indexed && rows.length === 0}
              onReset={() => change(EVERYTHING)}
              more={indexed?.hasMore ? indexed : undefined}
            />
          )}
        </Read>
        {leftOut > 0 && (
          <p className={styles.count}>
            {formatCount(leftOut, 'more offer')} {leftOut === 1 ? 'is' : 'are'} not shown: unreadable, or in a
            currency that is not registered.
          </p>
        )}
      </Section>
    </>
  );
}

/** That the guardian has stopped new leases, if it has. */
function Paused() {
  const { pausedUntil } = useProtocol();
  const now = useNow();
  if (pausedUntil <= now) return null;
  return (
    <Callout tone="risk">
      New leases are paused until <Time at={pausedUntil} />. Running leases go on.
    </Callout>
  );
}

const ROW_HEIGHT = 68;
const NARROW_ROW_HEIGHT = 240;

/** Only the rows in sight are in the page: thousands scroll as a few do. */
function Offers({
  rows,
  search,
  isEmpty,
  onReset,
  more,
}: {
  rows: Row[];
  search: Search;
  isEmpty: boolean;
  onReset: () => void;
  more: Offering['indexed'];
}) {
  const frame = useRef<HTMLDivElement>(null);
  const isNarrow = useNarrow();
  // One function while the rows are the same: with another all places are computed again.
  const keyOf = useCallback((index: number) => rows[index]!.offer.address, [rows]);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => frame.current,
    estimateSize: () => (isNarrow ? NARROW_ROW_HEIGHT : ROW_HEIGHT),
    overscan: 6,
    useFlushSync: IN_ITS_OWN_TIME,
    getItemKey: keyOf,
  });
  // Who scrolls to the last rows finds the next ones there.
  const isAtEnd = (virtual.getVirtualItems().at(-1)?.index ?? 0) >= rows.length - 1;
  const isWanted = isAtEnd && rows.length > 0 && more?.hasFailed === false;
  const showMore = more?.showMore;
  useEffect(() => {
    if (isWanted) showMore?.();
  }, [isWanted, showMore]);
  if (isEmpty)
    return (
      <Empty
        title="No offers yet"
        action={
          <Link className={buttonClass()} to="/provider">
            Offer GPUs
          </Link>
        }
      >
        Nobody has listed GPUs on this cluster. If you have some, be the first.
      </Empty>
    );
  if (rows.length === 0)
    return (
      <Empty
        title={more ? 'None of the first offers matches' : 'No offer matches'}
        action={more ? <More of={more} /> : <Button onClick={onReset}>Show all open offers</Button>}
      >
        Relax a filter, or show those that are full.
      </Empty>
    );
  return (
    <>
      <div className={styles.table} role="table" aria-label="Offers" aria-rowcount={rows.length + 1}>
        <div className={styles.head} role="row" aria-rowindex={1}>
          {['GPU', 'Free', 'Price per GPU-hour', 'Delivered before', 'Region and power', 'Promised', ''].map(
            (name) => (
              <span key={name} role="columnheader">
                {name || <span className="visually-hidden">Rent</span>}
              </span>
            ),
          )}
        </div>
        <div
          ref={frame}
          className={styles.frame}
          tabIndex={0}
          role="rowgroup"
          aria-label="Offers, scrollable"
        >
          <div style={{ height: virtual.getTotalSize(), position: 'relative' }} role="presentation">
            {virtual.getVirtualItems().map(({ index, key, start, size }) => (
              <div
                key={key}
                role="row"
                aria-rowindex={index + 2}
                className={styles.row}
                ref={isNarrow ? virtual.measureElement : undefined}
                data-index={index}
                style={{ transform: `translateY(${start}px)`, ...(isNarrow ? {} : { height: size }) }}
              >
                <Guard about={rows[index]} fallback={<span role="cell">This offer cannot be shown.</span>}>
                  <OfferRow row={rows[index]!} search={search} />
                </Guard>
              </div>
            ))}
          </div>
        </div>
      </div>
      {more && <More of={more} />}
    </>
  );
}

const More = ({ of: { isReadingMore, showMore } }: { of: NonNullable<Offering['indexed']> }) => (
  <Actions>
    <Button disabled={isReadingMore} onClick={showMore}>
      {isReadingMore ? 'Looking …' : 'Look further'}
    </Button>
  </Actions>
);

function OfferRow({ row, search }: { row: Row; search: Search }) {
  const { offer, model, region, token, reliability, provider } = row;
  const { terms, listing } = offer;
  const canRent = offer.isOpen === 1 && offer.gpusFree > 0;
  return (
    <>
      <Cell name="GPU" className={styles.gpu}>
        <strong>
          <bdi>{model}</bdi>
        </strong>
        <small>{listing.memoryGib} GiB</small>
      </Cell>
      <Cell name="Free" className={styles.free}>
        <span>
          <b>{offer.gpusFree}</b> of {offer.gpus}
        </span>
        {offer.isOpen === 0 && <Badge tone="risk">closed</Badge>}
      </Cell>
      <Cell name="Price per GPU-hour" className={styles.price}>
        <Amount value={terms.price} token={token} places={4} />
        <UnknownToken token={token} />
      </Cell>
      <Cell name="Delivered before" className={styles.reliability}>
        <span>{reliability.delivered === undefined ? 'new' : formatShare(reliability.delivered)}</span>
        <small>
          {reliability.abandoned > 0 || reliability.lost > 0
            ? `${reliability.abandoned} abandoned, ${reliability.lost} lost`
            : provider && formatCount(reliability.completed, 'lease')}
        </small>
      </Cell>
      <Cell name="Region and power" className={styles.region}>
        <span>
          <bdi>{region || '–'}</bdi>
        </span>
        <small>
          {listing.carbonIntensity > 0 ? `${listing.carbonIntensity} gCO2e/kWh` : 'power not declared'}
        </small>
      </Cell>
      <Cell name="Promised" className={styles.promised}>
        <span>{formatBps(terms.slaUptimeBps)} uptime</span>
        <small>
          by <AddressText address={offer.provider} copy={false} />
        </small>
      </Cell>
      <span role="cell" className={styles.rent}>
        {canRent ? (
          <Link
            className={buttonClass('secondary', true)}
            to={rentLink(row, search)}
            aria-label={`Rent ${model} for ${formatMoney(terms.price, token)} per GPU-hour`}
          >
            Rent
          </Link>
        ) : (
          <small>full</small>
        )}
      </span>
    </>
  );
}

function Cell({
  name,
  className,
  children,
}: {
  name: string;
  className?: string | undefined;
  children: ReactNode;
}) {
  return (
    <span role="cell" className={`${styles.cell} ${className ?? ''}`} data-name={name}>
      {children}
    </span>
  );
}

const narrow = matchMedia('(max-width: 56rem)');
const subscribe = (listener: () => void) => {
  narrow.addEventListener('change', listener);
  return () => narrow.removeEventListener('change', listener);
};
const useNarrow = () => useSyncExternalStore(subscribe, () => narrow.matches);
