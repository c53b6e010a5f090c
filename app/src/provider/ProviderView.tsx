import type { Address } from '@solana/kit';
import { useState } from 'react';
import type { Keyed, Kinds } from 'gpu-lease';
import { useAccounts } from '../chain/accounts';
import { ConnectButton } from '../shell/WalletMenu';
import { Actions, PageTitle, Section, Skeleton } from '../ui/Blocks';
import { Select } from '../ui/Field';
import { shortAddress } from '../ui/format';
import { Read } from '../onchain/Read';
import { readingOf } from '../ui/reading';
import { useWallets } from '../wallet/Wallets';
import { actingFor, type Acting } from '../wallet/acting';
import { BondAccounts } from './BondAccounts';
import { Earnings } from './Earnings';
import { Incoming } from './Incoming';
import { Keys } from './Keys';
import { Offers } from './Offers';
import { Register } from './Register';
import { Running } from './Running';
import { Standing } from './Standing';
import { useProviderLeases } from './leases';

/** Everything that a provider does: offers, starts, states, collects. */
export function ProviderView() {
  const { account } = useWallets();
  return (
    <>
      <PageTitle title="Provide GPUs">
        List what you have, start the leases that come in, report what you delivered, and collect what is
        yours.
      </PageTitle>
      {account ? (
        <Account key={account.address} account={account.address} />
      ) : (
        <Section title="Connect the wallet that is to be paid">
          <p>It owns your offers, puts up the bonds and receives the money. Connecting signs nothing.</p>
          <Actions>
            <ConnectButton />
          </Actions>
        </Section>
      )}
    </>
  );
}

function Account({ account }: { account: Address }) {
  const providers = useAccounts('provider');
  return (
    <Read
      of={readingOf(providers)}
      what="whether this wallet is a provider"
      waiting={<Skeleton height="30rem" />}
    >
      {(providers) => <Choice providers={providers} account={account} />}
    </Read>
  );
}

/** As whom the wallet acts. */
function Choice({ providers, account }: { providers: Keyed<Kinds['provider']>[]; account: Address }) {
  const [chosen, setChosen] = useState('');
  const all = actingFor(providers, account);
  // Anyone may name this wallet their operator; that keeps nobody from being a provider.
  const isNew = all[0]?.isOperator !== false;
  const acting =
    all.find(({ provider }) => provider.address === chosen) ?? (chosen === 'new' ? undefined : all[0]);
  return (
    <>
      {all.length + Number(isNew) > 1 && (
        <Section>
          <Select
            label="You act as"
            value={acting?.provider.address ?? 'new'}
            onChange={(event) => setChosen(event.target.value)}
          >
            {all.map(({ provider, isOperator }) => (
              <option key={provider.address} value={provider.address}>
                {isOperator
                  ? `the operator of provider ${shortAddress(provider.address)}`
                  : 'the provider that this wallet owns'}
              </option>
            ))}
            {isNew && <option value="new">a new provider</option>}
          </Select>
        </Section>
      )}
      {acting ? <Home key={acting.provider.address} acting={acting} /> : <Register authority={account} />}
    </>
  );
}

function Home({ acting }: { acting: Acting }) {
  const { provider, isOperator } = acting;
  const offers = useAccounts('offer', { 'offer.provider': provider.address });
  const open = readingOf(useAccounts('lease', { 'lease.provider': provider.address }));
  const leases = useProviderLeases(provider, open, offers.data);
  return (
    <>
      <Incoming leases={leases} acting={acting} hasOffers={offers.data?.length !== 0} />
      <Running leases={leases} acting={acting} />
      {!isOperator && <Offers provider={provider} offers={readingOf(offers)} />}
      {!isOperator && <Earnings provider={provider} open={open} />}
      <BondAccounts acting={acting} />
      <Keys acting={acting} />
      {!isOperator && <Standing provider={provider} />}
    </>
  );
}
