import { bytesEqual, unwrapOption, type Address, type Instruction } from '@solana/kit';
import { useQuery } from '@tanstack/react-query';
import { Suspense, type ReactNode } from 'react';
import {
  CLOSE_LEASE_DISCRIMINATOR,
  contentHash,
  isCall,
  lifeOf,
  NOBODY,
  OPEN_LEASE_DISCRIMINATOR,
  parseCloseLeaseInstruction,
  parseOpenLeaseInstruction,
  parseResizeLeaseInstruction,
  RESIZE_LEASE_DISCRIMINATOR,
  type Call,
  type Keyed,
  type Kinds,
} from 'gpu-lease';
import { program } from 'gpu-lease/rules';
import { useAccount, useFeeParams, useProtocol, useTokens, type Token } from '../chain/accounts';
import { useTokenOf } from '../chain/balances';
import { keys } from '../chain/keys';
import { rowOf } from '../listing/row';
import { ProviderRecord } from '../listing/ProviderRecord';
import { TermsList } from '../listing/TermsList';
import { Fact, Facts, Callout, Skeleton } from '../ui/Blocks';
import { formatBps } from '../ui/format';
import { Read } from '../onchain/Read';
import { readingOf, together } from '../ui/reading';
import { AddressText } from '../onchain/AddressText';
import { Amount, Duration, GpuHours, Time } from '../ui/Values';
import { useWallets } from '../wallet/Wallets';
import { ClosingFacts } from './ClosingFacts';
import { useLease, type LeaseNow } from './useLease';

/** What a transaction that another party prepared is about: the offer and the lease that its instructions name, as they are now. */
export const WhatItIsAbout = ({ instructions }: { instructions: readonly Instruction[] }) => (
  <Suspense fallback={<Skeleton lines={6} />}>
    {instructions.map((call, i) =>
      isCall(call, OPEN_LEASE_DISCRIMINATOR) ? (
        <Opening key={i} call={call} />
      ) : isCall(call, RESIZE_LEASE_DISCRIMINATOR) ? (
        <Growing key={i} call={call} />
      ) : isCall(call, CLOSE_LEASE_DISCRIMINATOR) ? (
        <AgreedClose key={i} call={call} />
      ) : null,
    )}
  </Suspense>
);

const Stale = ({ what }: { what: string }) => (
  <Callout tone="risk">
    {what} since this was prepared, so the program would refuse it. Ask for a new transaction.
  </Callout>
);

/** Somebody's address, or that it is the reader's own. */
function Party({ address }: { address: Address }) {
  const { accounts } = useWallets();
  const own = accounts.find((account) => account.address === address);
  return <AddressText address={address} name={own && `you (${own.label})`} />;
}

/** What everything is about that has an offer: the GPUs, who provides them, and how that provider did so far. */
function OfferFacts({
  offer,
  provider,
  token,
}: {
  offer: Keyed<Kinds['offer']>;
  provider: Keyed<Kinds['provider']>;
  token: Token;
}) {
  const { model, region } = rowOf(offer, provider, token);
  return (
    <>
      <Fact label="GPUs of the offer">
        <bdi>{model}</bdi>, {offer.listing.memoryGib} GiB each, <bdi>{region || 'region not declared'}</bdi>
      </Fact>
      <Fact label="Price per GPU-hour">
        <Amount value={offer.terms.price} token={token} tone="out" places={token.decimals} />
      </Fact>
      <Fact label="Offer">
        <AddressText address={offer.address} />
      </Fact>
      <Fact label="Provider">
        <AddressText address={offer.provider} />
      </Fact>
    </>
  );
}

function Opening({ call }: { call: Call }) {
  const { accounts, data } = parseOpenLeaseInstruction(call);
  const offer = useAccount('offer', accounts.offer.address);
  const provider = useAccount('provider', offer.data?.provider);
  const token = useTokens().get(accounts.mint.address);
  const protocol = useProtocol();
  const { feeBps } = useFeeParams();
  const { data: content } = useQuery({
    queryKey: keys.offerHash(offer.data?.bytes),
    queryFn: () => contentHash(offer.data!),
    enabled: offer.data !== undefined && offer.data !== null,
    refetchInterval: false,
  });
  if (offer.data === null || provider.data === null)
    return <Callout tone="risk">The offer no longer exists, so the program would refuse this.</Callout>;
  if (!token)
    return <Callout tone="risk">Its mint is not registered, so the program would refuse this.</Callout>;
  if (!offer.data || !provider.data)
    return (
      <Read
        of={together(offer.data ? { provider } : { offer })}
        what="what this is about"
        waiting={<Skeleton lines={6} />}
      >
        {() => null}
      </Read>
    );
  const { total, fee } = program().quote({
    offer: offer.data.bytes,
    gpus: data.gpus,
    duration: data.duration,
    feeBps,
    deposit: data.deposit,
  });
  const hasKey = data.sessionKey !== NOBODY;
  return (
    <>
      {content && !bytesEqual(content, data.expectedOffer) && <Stale what="The offer has changed" />}
      {data.arbiter !== protocol.arbiter && <Stale what="A new arbiter has taken office" />}
      <Facts>
        <OfferFacts offer={offer.data} provider={provider.data} token={token} />
        <Fact label="Total, including the fee">
          <Amount value={total} token={token} tone="out" places={token.decimals} />
        </Fact>
        <Fact label="Deposit; what is not delivered comes back">
          <Amount value={data.deposit} token={token} tone="risk" places={token.decimals} />
        </Fact>
        <Fact label="Fee">
          <Amount value={fee} token={token} places={token.decimals} />: {formatBps(feeBps)}, at most{' '}
          {formatBps(data.maxFeeBps)}
        </Fact>
        <Fact label="Paid by, and gets the refund">
          <Party address={accounts.payer.address} />
        </Fact>
        <Fact label="Used by">
          <Party address={accounts.renter.address} />
        </Fact>
        <Fact label="Session key of the renter">
          {hasKey ? <AddressText address={data.sessionKey} /> : 'none'}
        </Fact>
        <Fact label="Arbiter of a dispute">
          <AddressText address={data.arbiter} />
        </Fact>
        <Fact label="The provider must start it by">
          <Time at={data.startDeadline} />
        </Fact>
        <Fact label="Lease">
          <AddressText address={accounts.lease.address} />
        </Fact>
      </Facts>
      <ProviderRecord provider={provider.data} />
      <details>
        <summary>All terms</summary>
        <TermsList terms={offer.data.terms} token={token} />
      </details>
    </>
  );
}

/** Something about a lease that is there, and whether it is the lease that was signed for. */
function AboutLease({
  address,
  life,
  children,
}: {
  address: Address;
  life: ArrayLike<number>;
  children: (context: LeaseNow) => ReactNode;
}) {
  const reading = useLease(address);
  const { data: context } = reading;
  const { data: shown } = useQuery({
    queryKey: keys.leaseHash(context?.lease.bytes),
    queryFn: () => lifeOf(context!.lease),
    enabled: context !== undefined && context !== null,
    refetchInterval: false,
  });
  const offer = useAccount('offer', context?.lease.offer);
  if (context === null)
    return <Callout tone="risk">The lease no longer exists, so the program would refuse this.</Callout>;
  if (!context)
    return (
      <Read of={reading} what="the lease that this is about" waiting={<Skeleton lines={6} />}>
        {() => null}
      </Read>
    );
  if (offer.data === undefined)
    return (
      <Read of={readingOf(offer)} what="the offer of this lease" waiting={<Skeleton lines={6} />}>
        {() => null}
      </Read>
    );
  return (
    <>
      {shown && !bytesEqual(shown, Uint8Array.from(life)) && (
        <Stale what="Another lease was opened at this address" />
      )}
      {children(context)}
      <Facts>
        {offer.data && <OfferFacts offer={offer.data} provider={context.provider} token={context.token} />}
        <Fact label="Renter">
          <Party address={context.lease.renter} />
        </Fact>
        <Fact label="Wallet of the provider">
          <Party address={context.provider.authority} />
        </Fact>
        <Fact label="Lease">
          <AddressText address={address} />
        </Fact>
      </Facts>
    </>
  );
}

/** Which of the provider's keys has to sign. */
const SignedForProvider = ({
  authority,
  provider,
}: {
  authority: Address;
  provider: Keyed<Kinds['provider']>;
}) => (
  <Fact label="Signed for the provider by">
    {authority === provider.authority ? 'its wallet, ' : authority === provider.operator && 'its operator, '}
    <Party address={authority} />
  </Fact>
);

/** Where a bond comes from. */
const Source = ({ account, provider }: { account: Address; provider: Keyed<Kinds['provider']> }) =>
  useTokenOf(provider.address, account) ? 'the bond account' : <AddressText address={account} />;

function Growing({ call }: { call: Call }) {
  const { accounts, data } = parseResizeLeaseInstruction(call);
  return (
    <AboutLease address={accounts.lease.address} life={data.seen.life}>
      {({ lease, provider, token, now }) => (
        <>
          {(lease.meter.gpus !== data.from || lease.duration !== data.duration) && (
            <Stale what="The lease has changed" />
          )}
          <Facts>
            <Fact label="Length in total">
              <Duration seconds={data.duration} />, until <Time at={lease.endsAt} />
            </Fact>
            <Fact label="Bond that the provider adds">
              <Amount
                value={program().resizeEffect(lease.bytes, data.to, now).bond}
                token={token}
                tone="risk"
                places={token.decimals}
              />
            </Fact>
            <Fact label="The bond comes from">
              <Source account={accounts.bondToken.address} provider={provider} />
            </Fact>
            <SignedForProvider authority={accounts.authority.address} provider={provider} />
          </Facts>
        </>
      )}
    </AboutLease>
  );
}

function AgreedClose({ call }: { call: Call }) {
  const { accounts, data } = parseCloseLeaseInstruction(call);
  const agreed = unwrapOption(data.agreed);
  if (!agreed) return null;
  return (
    <AboutLease address={accounts.lease.address} life={agreed.seen.life}>
      {({ lease, provider, token, outlook, now }) => {
        const { refusal, closing } = program().agreedOutcome(lease.bytes, agreed.units, agreed.credit, now);
        return (
          <>
            {refusal && <Callout tone="risk">{refusal}</Callout>}
            <Facts>
              <Fact label="Paid for in total">
                <GpuHours units={agreed.units} /> of <GpuHours units={outlook.usage.claimed} /> claimed,{' '}
                <GpuHours units={outlook.usage.accepted} /> accepted
              </Fact>
              <Fact label="From the bond to the payer">
                <Amount value={agreed.credit} token={token} tone="in" places={token.decimals} />
              </Fact>
              <SignedForProvider authority={accounts.authority.address} provider={provider} />
            </Facts>
            {closing && <ClosingFacts closing={closing} token={token} />}
          </>
        );
      }}
    </AboutLease>
  );
}
