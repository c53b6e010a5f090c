import type { Address, Signature } from '@solana/kit';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from 'react-router';
import { vaultAddress } from 'gpu-lease';
import { useTokens } from '../../chain/accounts';
import { useChain } from '../../chain/Chain';
import { useCurrency } from '../../chain/currency';
import { keys } from '../../chain/keys';
import { Indexed } from '../../indexer/Indexed';
import { receipt as readsReceipt, type Receipt as Told } from '../../indexer/shapes';
import { useIndexed } from '../../indexer/useIndexed';
import { AddressText } from '../../onchain/AddressText';
import { Read } from '../../onchain/Read';
import { Actions, Callout, Empty, Fact, Facts, PageTitle, Section, Skeleton } from '../../ui/Blocks';
import { Button, buttonClass } from '../../ui/Button';
import { CsvDownload } from '../../ui/CsvDownload';
import {
  formatBps,
  formatCount,
  formatNumber,
  formatUtc,
  shortAddress,
  type Currency,
} from '../../ui/format';
import { List } from '../../ui/List';
import { readingOf, type Reading } from '../../ui/reading';
import { Amount, GpuHours } from '../../ui/Values';
import { useWallets } from '../../wallet/Wallets';
import { verdicts, type Verdict } from './ledgerCheck';
import { costOf, faultsOf, isOver, purposeWords, throughVault, totalsOf } from './receipt';
import { receiptCsv } from './receiptCsv';
import styles from './Receipt.module.css';

const WITHOUT =
  'Receipts are made from what an indexer remembers, and there is none here that can be asked. The lease’s own page shows what the node keeps of it.';

/** What a lease cost, payment by payment: to be printed, or booked. */
export function Receipt() {
  const { lease = '', opened = '' } = useParams();
  const { account } = useWallets();
  const isPlace = /^[1-9A-HJ-NP-Za-km-z]{32,44}$/.test(lease) && /^\d{1,20}$/.test(opened);
  const wallet = account?.address;
  const told = useIndexed(`leases/${lease}/${opened}/receipt`, readsReceipt, {
    query: { wallet },
    enabled: isPlace,
  });
  const vault = useQuery({
    queryKey: ['vault of', lease],
    queryFn: () => vaultAddress(lease as Address),
    enabled: isPlace,
    staleTime: Infinity,
    refetchInterval: false,
  });
  if (!isPlace)
    return (
      <Empty level={1} title="There is no such receipt">
        The link is not complete.
      </Empty>
    );
  return (
    <>
      <PageTitle
        title="Receipt"
        name={`Receipt of ${shortAddress(lease)}`}
        aside={
          <Link className={buttonClass('secondary', true)} to={`/leases/${lease}`}>
            What happened in this lease
          </Link>
        }
      />
      <Indexed of={told} what="this receipt" without={WITHOUT} waiting={<Skeleton height="40rem" />}>
        {(receipt) =>
          // An indexer may answer for another lease.
          receipt.lease.address !== lease || receipt.lease.opened_slot.toString() !== opened ? (
            <Callout tone="risk">The indexer answered with the receipt of another lease.</Callout>
          ) : (
            vault.data && <Shown receipt={receipt} vault={vault.data} wallet={wallet} />
          )
        }
      </Indexed>
    </>
  );
}

type ShownProps = { receipt: Told; vault: Address; wallet: Address | undefined };

function Shown({ receipt, vault, wallet }: ShownProps) {
  const chain = useChain();
  const { lease, lines } = receipt;
  const tokens = useTokens();
  const named = tokens.get(lease.mint);
  const read = useCurrency({ mint: lease.mint });
  const currency = named ?? read ?? { decimals: 0, symbol: 'base units' };
  const check = useQuery({
    queryKey: keys.receipt(`${lease.address} ${lease.opened_slot} ${lines.length}`),
    queryFn: () => verdicts(chain, lines, vault),
    staleTime: Infinity,
    refetchInterval: false,
  });
  const faults = faultsOf(receipt, vault);
  const isRefuted = [...(check.data?.values() ?? [])].includes('other');
  return (
    <div className={styles.receipt} data-receipt>
      {faults.length > 0 && (
        <Callout tone="risk">
          <strong>The indexer’s figures do not add up, so no sums are shown.</strong> {faults.join(' ')}
        </Callout>
      )}
      {isRefuted && (
        <Callout tone="risk">
          <strong>The node has some of these payments otherwise, so no sums are shown.</strong> They are
          marked below.
        </Callout>
      )}
      <Section title="Lease">
        <Parties lease={lease} currency={currency} />
      </Section>
      <Section title="Payments">
        <Payments receipt={receipt} vault={vault} currency={currency} check={readingOf(check)} />
        {faults.length === 0 && !isRefuted && <Sums receipt={receipt} vault={vault} currency={currency} />}
        <Checked of={readingOf(check)} />
      </Section>
      <div className={styles.actions}>
        <Actions>
          <Button look="primary" onClick={() => window.print()}>
            Print
          </Button>
        </Actions>
        {faults.length === 0 && !isRefuted && (
          <CsvDownload
            name={`receipt-${lease.address}-${lease.opened_slot}`}
            make={(options) => receiptCsv(lease, lines, currency, wallet, options)}
          />
        )}
      </div>
    </div>
  );
}

const Moment = ({ at }: { at: bigint | null }) => (at === null ? '–' : formatUtc(at));

/** Who leased what of whom, and for how long. */
function Parties({ lease, currency }: { lease: Told['lease']; currency: Currency }) {
  return (
    <Facts>
      <Fact label="What">
        {lease.gpus} × <bdi>{lease.gpu_model.trim() || 'GPU'}</bdi>
        {lease.region.trim() && (
          <>
            , <bdi>{lease.region}</bdi>
          </>
        )}
      </Fact>
      <Fact label="Lease, opened in slot">
        <Whole text={lease.address} />, {formatNumber(lease.opened_slot)}
      </Fact>
      <Fact label="Renter">
        <Whole text={lease.renter} />
      </Fact>
      {lease.payer !== lease.renter && (
        <Fact label="Paid by">
          <Whole text={lease.payer} />
        </Fact>
      )}
      <Fact label="Provider">
        <Whole text={lease.provider_authority ?? lease.provider} />
      </Fact>
      <Fact label="Opened">
        <Moment at={lease.opened_at} />
      </Fact>
      <Fact label="Started">
        <Moment at={lease.started_at} />
      </Fact>
      <Fact label={isOver(lease) ? 'Ended' : 'Ends'}>
        <Moment at={lease.ends_at} />
      </Fact>
      <Fact label="Closed">
        <Moment at={lease.closed_at} />
      </Fact>
      <Fact label="Delivered">
        {formatCount(lease.accepted, 'GPU-second')}, <GpuHours units={lease.accepted} />
      </Fact>
      <Fact label="Price per GPU-hour">
        <Amount value={lease.price} token={currency} places={currency.decimals} />
      </Fact>
      <Fact label="Fee of the protocol, of what the provider is paid">{formatBps(lease.fee_bps)}</Fact>
      <Fact label="Currency">
        {currency.symbol}, {formatCount(currency.decimals, 'decimal')}, <Whole text={lease.mint} />
      </Fact>
    </Facts>
  );
}

/** An address in full: paper has no buttons. */
const Whole = ({ text }: { text: string }) => <code className={styles.whole}>{text}</code>;

const VERDICT_WORDS: Record<Verdict, string> = {
  same: 'as on chain',
  other: 'not as on chain',
  unknown: 'the node does not have it',
};

function Payments({
  receipt: { lines },
  vault,
  currency,
  check,
}: {
  receipt: Told;
  vault: Address;
  currency: Currency;
  check: Reading<Map<Signature, Verdict>>;
}) {
  return (
    <List label="Payments" columns={['What for', 'When (UTC)', 'Paid in', 'Paid out', 'Transaction']}>
      {lines.map((line) => {
        const { landed, number, purpose, amount } = line;
        const way = throughVault(line, vault);
        const verdict = check.data?.get(landed.signature);
        return (
          <tr key={`${landed.signature} ${number}`}>
            <th scope="row">{purposeWords(purpose)}</th>
            <td data-name="When (UTC)">{formatUtc(landed.time).replace(' UTC', '')}</td>
            <td data-name="Paid in">
              {way > 0n ? <Amount value={amount} token={currency} places={currency.decimals} /> : '–'}
            </td>
            <td data-name="Paid out">
              {way < 0n ? <Amount value={amount} token={currency} places={currency.decimals} /> : '–'}
            </td>
            <td data-name="Transaction" className={styles.transaction}>
              <span className={styles.onPaper}>{landed.signature}</span>
              <span className={styles.onScreen}>
                <AddressText address={landed.signature} what="signature" />
              </span>
              {verdict && (
                <small className={verdict === 'other' ? styles.refuted : undefined}>
                  {VERDICT_WORDS[verdict]}
                </small>
              )}
              {landed.commitment === 'confirmed' && <small>not final yet</small>}
            </td>
          </tr>
        );
      })}
    </List>
  );
}

/** The sums, which are of the payments above and add up. */
function Sums({
  receipt: { lease, lines },
  vault,
  currency,
}: Omit<ShownProps, 'wallet'> & { currency: Currency }) {
  const totals = totalsOf(lines, vault);
  const { paidIn, paidBack, cost } = costOf(totals);
  const rows: [string, bigint, boolean][] = [
    ['Paid in by the renter’s side', paidIn, true],
    ['Refund', totals.refund, totals.refund > 0n],
    ['Credit for missing GPU time', totals.credit, totals.credit > 0n],
    ['Paid back', paidBack, true],
    [isOver(lease) ? 'What the lease cost' : 'Paid in and not paid back so far', cost, true],
    ['of that, to the provider', totals.payouts, totals.payouts > 0n],
    ['of that, fees of the protocol', totals.fees, totals.fees > 0n],
    ['Fee of the arbiter', totals.arbiterFees, totals.arbiterFees > 0n],
    ['Bond put up by the provider', totals.bonds, totals.bonds > 0n],
    ['Bond returned', totals.bondReturned, totals.bonds > 0n],
    ['Sent without being asked, or not explained', totals.other, totals.other > 0n],
    ['Still in the vault', totals.left, totals.left > 0n],
  ];
  return (
    <dl className={styles.sums}>
      {rows
        .filter(([, , isShown]) => isShown)
        .map(([name, value]) => (
          <div key={name} data-sum={name.startsWith('What the lease cost') || undefined}>
            <dt>{name}</dt>
            <dd>
              <Amount value={value} token={currency} places={currency.decimals} />
            </dd>
          </div>
        ))}
    </dl>
  );
}

/** How far the node has confirmed what the indexer says. */
function Checked({ of: check }: { of: Reading<Map<Signature, Verdict>> }) {
  return (
    <Read
      of={check}
      what="these transactions"
      waiting={<p className={styles.note}>The node is asked about each payment …</p>}
    >
      {(found) => {
        const all = [...found.values()];
        const count = (wanted: Verdict) => all.filter((verdict) => verdict === wanted).length;
        return (
          <p className={styles.note}>
            {count('same') === all.length
              ? `The node has all ${formatCount(all.length, 'transaction')} as they are here.`
              : `Of ${formatCount(all.length, 'transaction')}, the node has ${count('same')} as they are here${count('other') > 0 ? `, and ${count('other')} otherwise` : ''}${count('unknown') > 0 ? `; ${count('unknown')} it does not have` : ''}.`}
          </p>
        );
      }}
    </Read>
  );
}
