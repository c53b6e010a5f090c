import type { Address } from '@solana/kit';
import { useAccounts, type Kinds, type Stored } from '../chain/accounts';
import { ConnectButton } from '../shell/WalletMenu';
import { Actions, PageTitle, Section, Skeleton } from '../ui/Blocks';
import { useWallets } from '../wallet/Wallets';
import { Earnings } from './Earnings';
import { Incoming } from './Incoming';
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
        List what you have, start the leases that come in, state what you delivered, and collect what is yours.
      </PageTitle>
      {account ? (
        <Account authority={account.address} />
      ) : (
        <Section title="Connect the wallet that you are paid with">
          <p>It owns your offers, puts up the bonds and receives the money. Nothing is signed by connecting.</p>
          <Actions>
            <ConnectButton />
          </Actions>
        </Section>
      )}
    </>
  );
}

function Account({ authority }: { authority: Address }) {
  const providers = useAccounts('provider');
  if (providers.isPending) return <Skeleton height="30rem" />;
  const provider = providers.data?.find((provider) => provider.authority === authority);
  return provider ? <Home key={provider.address} provider={provider} /> : <Register key={authority} authority={authority} />;
}

function Home({ provider }: { provider: Stored<Kinds['provider']> }) {
  const offers = useAccounts('offer', { 'offer.provider': provider.address });
  const { leases, isPending } = useProviderLeases(provider, offers.data);
  return (
    <>
      <Incoming leases={leases} isPending={isPending} hasOffers={(offers.data?.length ?? 0) > 0} />
      <Running provider={provider} leases={leases} isPending={isPending} />
      <Offers provider={provider} offers={offers.data} />
      <Earnings provider={provider} />
      <Standing provider={provider} />
    </>
  );
}
