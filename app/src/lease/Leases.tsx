import type { Address } from '@solana/kit';
import { keepPreviousData, useQueries, useQuery, type UseQueryResult } from '@tanstack/react-query';
import { useMemo } from 'react';
import { Link } from 'react-router';
import type { Keyed, Kinds } from 'gpu-lease';
import type { Role } from 'gpu-lease/rules';
import { chosenOptions, listOptions, readAt, useAccounts, useTokens, type Token } from '../chain/accounts';
import { useChain } from '../chain/Chain';
import { modelOf } from '../listing/row';
import { actingFor } from '../wallet/acting';
import { ConnectButton } from '../shell/WalletMenu';
import { Badge, Bar, Empty, PageTitle, Section, Skeleton } from '../ui/Blocks';
import { buttonClass } from '../ui/Button';
import { Cards } from '../ui/Cards';
import { Guard } from '../ui/Guard';
import { AddressText } from '../onchain/AddressText';
import { Amount } from '../ui/Values';
import { Relative } from '../onchain/Relative';
import { shareOf } from '../ui/format';
import { Failed, Read } from '../onchain/Read';
import { together } from '../ui/reading';
import { useWallets } from '../wallet/Wallets';
import styles from './Leases.module.css';
import { PHASE_TONES } from '../outlook/phase';
import { ROLE_WORDS } from '../outlook/roles';
import { useOutlook } from '../outlook/useOutlook';
import { PastLeases } from './past/PastLeases';

const addressOf = ({ lease }: Item) => lease.address;

type Item = { lease: Keyed<Kinds['lease']>; token: Token; roles: Role[] };

/** What several queries have read, and the queries themselves. */
const combined = (results: UseQueryResult<Keyed<Kinds['lease']>[]>[]) => ({
  leases: results.map(({ data }) => data),
  queries: results,
});

/** Every lease that the reader has a part in. */
export function Leases() {
  const { account } = useWallets();
  return (
    <>
      <PageTitle
        title="Leases"
        aside={
          <Link className={buttonClass('secondary', true)} to="/sign">
            Sign what another party prepared
          </Link>
        }
      >
        What you rent, pay for, or provide.
      </PageTitle>
      {account ? (
        <>
          <Mine key={account.address} account={account.address} />
          <PastLeases account={account.address} />
        </>
      ) : (
        <Empty title="Connect a wallet" action={<ConnectButton />}>
          Your leases are found by your address. Connecting signs nothing.
        </Empty>
      )}
    </>
  );
}

function Mine({ account }: { account: Address }) {
  const providers = useAccounts('provider');
  const rented = useAccounts('lease', { 'lease.renter': account });
  const paid = useAccounts('lease', { 'lease.payer': account });
  const guarded = useAccounts('lease', { 'lease.sessionKey': account });
  const acting = useMemo(() => actingFor(providers.data ?? [], account), [providers.data, account]);
  const chain = useChain();
  const provided = useQueries({
    queries: acting.map(({ provider }) =>
      listOptions(chain, 'lease', { 'lease.provider': provider.address }),
    ),
    combine: combined,
  });
  const judged = useAccounts('lease', { 'lease.arbiter': account });
  const tokens = useTokens();

  const items = useMemo(() => {
    const byAddress = new Map<Address, Item>();
    const put = (leases: Keyed<Kinds['lease']>[] | undefined, role: Role) => {
      for (const lease of leases ?? []) {
        const token = tokens.get(lease.terms.mint);
        const known = byAddress.get(lease.address);
        if (!token) continue;
        byAddress.set(lease.address, {
          lease,
          token,
          roles: [...new Set(known?.roles).add(role)],
        });
      }
    };
    put(rented.data, 'renter');
    put(
      paid.data?.filter(({ renter }) => renter !== account),
      'payer',
    );
    put(guarded.data, 'sessionKey');
    provided.leases.forEach((leases, i) => put(leases, acting[i]?.isOperator ? 'operator' : 'provider'));
    put(
      judged.data?.filter(({ dispute }) => dispute.opened.time > 0n),
      'arbiter',
    );
    return [...byAddress.values()].sort((a, b) => Number(b.lease.openedAt - a.lease.openedAt));
  }, [rented.data, paid.data, guarded.data, provided.leases, acting, judged.data, tokens, account]);

  const models = useModels(items);
  const all = together({
    providers,
    rented,
    paid,
    guarded,
    judged,
    ...Object.fromEntries(provided.queries.entries()),
  });
  if (items.length === 0)
    return (
      <Section>
        <Read of={all} what="your leases" waiting={<Skeleton height="20rem" />}>
          {() => (
            <Empty
              title="No leases yet"
              action={
                <Link className={buttonClass('primary')} to="/">
                  Find GPUs
                </Link>
              }
            >
              Once you rent or provide GPUs, your leases appear here, and what each has earned, second by
              second.
            </Empty>
          )}
        </Read>
      </Section>
    );
  return (
    <>
      {all.isFailed && <Failed of={all} what="some of your leases" />}
      <Cards items={items} keyOf={addressOf}>
        {(item) => (
          <Link to={`/leases/${item.lease.address}`} className={styles.card}>
            <Guard
              about={item.lease}
              fallback={
                <p>
                  Lease <AddressText address={item.lease.address} copy={false} /> cannot be shown.
                </p>
              }
            >
              <Card {...item} model={models.get(item.lease.offer) ?? modelOf(undefined)} />
            </Guard>
          </Link>
        )}
      </Cards>
    </>
  );
}

/** What the GPUs of these leases are called, by their offers. */
function useModels(items: Item[]): ReadonlyMap<Address, string> {
  const chain = useChain();
  const offers = useMemo(() => [...new Set(items.map(({ lease }) => lease.offer))].sort(), [items]);
  const { data } = useQuery({
    ...chosenOptions(chain, 'offer', ['of leases', ...offers]),
    queryFn: ({ client }) => readAt(chain, client, 'offer', offers),
    placeholderData: keepPreviousData,
  });
  return useMemo(() => new Map(data?.map((offer) => [offer.address, modelOf(offer)])), [data]);
}

function Card({ lease, token, roles, model }: Item & { model: string }) {
  const outlook = useOutlook(lease);
  const { paid, deposited } = outlook.money;
  const until = outlook.fundedUntil < lease.endsAt ? outlook.fundedUntil : lease.endsAt;
  return (
    <>
      <header>
        <strong>
          {lease.gpus} × <bdi>{model}</bdi>
        </strong>
        <Badge tone={PHASE_TONES[outlook.phase]}>{outlook.phase}</Badge>
      </header>
      <dl>
        <div>
          <dt>You are</dt>
          <dd>{roles.map((role) => ROLE_WORDS[role]).join(', ')}</dd>
        </div>
        <div>
          <dt>Paid</dt>
          <dd>
            <Amount value={paid} token={token} tone="out" />
          </dd>
        </div>
        <div>
          <dt>Deposited</dt>
          <dd>
            <Amount value={deposited} token={token} />
          </dd>
        </div>
        <div>
          <dt>{lease.startedAt > 0n ? (until < lease.endsAt ? 'Funded until' : 'Ends') : 'Start by'}</dt>
          <dd>
            <Relative at={lease.startedAt > 0n ? until : lease.startDeadline} />
          </dd>
        </div>
      </dl>
      <Bar share={shareOf(paid, deposited)} tone="out" label="Share of the deposit that has been paid" />
    </>
  );
}
