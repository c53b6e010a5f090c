import type { Address } from '@solana/kit';
import { Link, useParams } from 'react-router';
import { can } from 'gpu-lease/rules';
import { gapWords } from '../chain/gaps';
import { useAccount } from '../chain/accounts';
import { isLocal, isServed } from '../chain/cluster';
import { useChain } from '../chain/Chain';
import { useHistory, type AccountHistory } from '../chain/useHistory';
import { modelOf } from '../listing/row';
import { TermsList } from '../listing/TermsList';
import { Badge, Empty, Fact, Facts, Callout, PageTitle, Section, Skeleton } from '../ui/Blocks';
import { buttonClass } from '../ui/Button';
import { shortAddress } from '../ui/format';
import { Read } from '../onchain/Read';
import { AddressText } from '../onchain/AddressText';
import { Access } from './Access';
import { Events } from './Events';
import { Evidence } from './Evidence';
import { GuardView } from './GuardView';
import { LeaseActions } from './LeaseActions';
import { Lives } from './past/Lives';
import { receiptLink } from './past/PastLeases';
import { Money } from './Money';
import { PHASE_TONES } from '../outlook/phase';
import { TimeLine } from './TimeLine';
import { Usage } from './Usage';
import { useLease, type LeaseNow } from './useLease';

/** One lease: the same facts for renter and provider. */
export function LeaseView() {
  const address = useParams().lease as Address;
  const context = useLease(address);
  const past = useHistory(address, 'lease');
  return (
    <Read of={context} what="this lease" waiting={<Skeleton height="40rem" />}>
      {(context) =>
        context ? <Lease context={context} past={past} /> : <Gone address={address} past={past} />
      }
    </Read>
  );
}

/** There is no account at the address: a lease was there and is over, or never was. */
function Gone({ address, past }: { address: Address; past: AccountHistory }) {
  return (
    <Read of={past.history} what="what happened to this lease" waiting={<Skeleton height="40rem" />}>
      {({ entries, gaps }) =>
        entries.length > 0 ? (
          <>
            <PageTitle title="A lease that is over" name={`A lease that is over, ${shortAddress(address)}`}>
              It is closed: its vault was divided and its account is gone. This is what happened.
            </PageTitle>
            <Events address={address} past={past} />
            <Lives address={address} />
          </>
        ) : (
          <Empty
            level={1}
            title={gaps.length > 0 ? 'This lease cannot be shown' : 'There is no such lease'}
            action={
              <Link className={buttonClass()} to="/leases">
                Your leases
              </Link>
            }
          >
            {gaps.length > 0
              ? gapWords(gaps)
              : 'It was cancelled, the link is for another cluster, or the node keeps no history of it.'}
          </Empty>
        )
      }
    </Read>
  );
}

function Lease({ context, past }: { context: LeaseNow; past: AccountHistory }) {
  const { lease, token } = context;
  return (
    <>
      <Head context={context} />
      {context.roles.includes('renter') && <Access key={lease.accessBlobHash.join()} context={context} />}
      <LeaseActions context={context} />
      <Money context={context} />
      {lease.startedAt > 0n && <Usage context={context} past={past} />}
      {lease.startedAt > 0n && <Evidence context={context} />}
      <GuardView context={context} />
      <Section title="Timeline">
        <TimeLine context={context} />
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
          <Fact label="Provider">
            <AddressText address={lease.provider} />
          </Fact>
          <Fact label="Arbiter">
            <AddressText address={lease.arbiter} />
          </Fact>
          <Fact label="Lease">
            <AddressText address={lease.address} />
          </Fact>
          <Fact label="Payments so far">
            <Link to={receiptLink({ address: lease.address, opened_slot: lease.openedSlot })}>Receipt</Link>
          </Fact>
        </Facts>
        <TermsList terms={lease.terms} token={token} />
      </Section>
      <Events address={lease.address} past={past} token={token} />
    </>
  );
}

function Head({ context: { lease, outlook, roles } }: { context: LeaseNow }) {
  const offer = useAccount('offer', lease.offer);
  const { cluster } = useChain();
  return (
    <>
      <PageTitle
        title={
          <>
            {lease.gpus} × <bdi>{modelOf(offer.data)}</bdi>{' '}
            <Badge tone={PHASE_TONES[outlook.phase]}>{outlook.phase}</Badge>
          </>
        }
        name={`Lease of ${lease.gpus} × ${modelOf(offer.data)}, ${shortAddress(lease.address)}`}
      >
        {sentence(outlook.words)}
      </PageTitle>
      {can(outlook, 'start') &&
        roles.includes('renter') &&
        isLocal(cluster) &&
        !isServed(cluster, lease.offer) && (
          <Callout>
            The provider has to start it. On this local market you can be the provider too: choose its account
            in the wallet menu.
          </Callout>
        )}
    </>
  );
}

const sentence = (words: string) => `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
