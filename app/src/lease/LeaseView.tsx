import type { Address } from '@solana/kit';
import { Link, useParams } from 'react-router';
import { useAccount } from '../chain/accounts';
import { NOBODY } from '../chain/addresses';
import { isLocal } from '../chain/cluster';
import { useChain } from '../chain/Chain';
import { useHistory } from '../chain/history';
import { modelOf } from '../market/search';
import { TermsList } from '../rent/TermsList';
import { Badge, Empty, Fact, Facts, Notice, PageTitle, Section, Skeleton } from '../ui/Blocks';
import { buttonClass } from '../ui/Button';
import { shortAddress } from '../ui/format';
import { AddressText } from '../ui/Values';
import { Access } from './Access';
import { Events } from './Events';
import { LeaseActions } from './LeaseActions';
import { Money } from './Money';
import { PHASE_TONES } from './phase';
import { TimeLine } from './TimeLine';
import { Usage } from './Usage';
import { useLease, type LiveLease } from './useLease';

/** One lease: the same facts for renter and provider. */
export function LeaseView() {
  const address = useParams().lease as Address;
  const live = useLease(address);
  const history = useHistory(address);
  if (live === undefined) return <Skeleton height="40rem" />;
  if (live === null)
    return history.data?.length ? (
      <>
        <PageTitle title="A lease that is over" name={`A lease that is over, ${shortAddress(address)}`}>It is closed: its vault was divided, its account is gone. This is what happened.</PageTitle>
        <Events address={address} history={history.data} />
      </>
    ) : (
      <Empty level={1} title="There is no such lease" action={<Link className={buttonClass()} to="/leases">Your leases</Link>}>
        It was cancelled, or the link is of another cluster.
      </Empty>
    );
  const { lease, token } = live;
  return (
    <>
      <Head live={live} />
      {live.roles.renter && <Access key={lease.accessBlobHash.join()} live={live} />}
      <LeaseActions live={live} />
      <Money live={live} />
      {lease.startedAt > 0n && <Usage live={live} history={history.data} />}
      <Section title="Its life">
        <TimeLine live={live} />
      </Section>
      <Section title="Parties and terms">
        <Facts>
          <Fact label="Renter">
            <AddressText address={lease.renter} />
          </Fact>
          {lease.payer !== lease.renter && (
            <Fact label="Paid by">
              <AddressText address={lease.payer} />
            </Fact>
          )}
          {lease.sessionKey !== NOBODY && (
            <Fact label="Session key: co-signs, disputes and ends for the renter">
              <AddressText address={lease.sessionKey} />
            </Fact>
          )}
          <Fact label="Provider">
            <AddressText address={lease.provider} />
          </Fact>
          <Fact label="Arbiter">
            <AddressText address={lease.arbiter} />
          </Fact>
          <Fact label="Lease">
            <AddressText address={lease.address} />
          </Fact>
        </Facts>
        <TermsList terms={lease.terms} token={token} />
      </Section>
      <Events address={address} history={history.data} token={token} />
    </>
  );
}

function Head({ live: { lease, outlook, roles } }: { live: LiveLease }) {
  const offer = useAccount('offer', lease.offer);
  const { cluster } = useChain();
  return (
    <>
      <PageTitle
        title={
          <>
            {lease.gpus} × <bdi>{modelOf(offer.data)}</bdi> <Badge tone={PHASE_TONES[outlook.phase]}>{outlook.phase}</Badge>
          </>
        }
        name={`Lease of ${lease.gpus} × ${modelOf(offer.data)}, ${shortAddress(lease.address)}`}
      >
        {sentence(outlook.words)}
      </PageTitle>
      {outlook.phase === 'pending' && roles.renter && isLocal(cluster) && (
        <Notice>The provider has to start it. On this local market you can be the provider too: choose its account in the wallet’s menu.</Notice>
      )}
    </>
  );
}

const sentence = (words: string) => `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
