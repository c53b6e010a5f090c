import { expect, inject, onTestFinished, test } from 'vitest';
import { addressOf, secretOf, signaturesOf } from './chain';
import { listGpus } from './cli';
import { cable } from './proxy';
import { visit } from './visitor';

const { cluster } = inject('market');

/** Runs in the page, before it: a wallet that tells its address and signs texts, and refuses every transaction. */
async function registerRefusingWallet({
  address,
  seed,
  publicKey,
}: {
  address: string;
  seed: number[];
  publicKey: number[];
}) {
  const base64url = (bytes: number[]) =>
    btoa(String.fromCharCode(...bytes))
      .replace(/\+/g, '-')
      .replace(/\//g, '_')
      .replace(/=/g, '');
  const jwk = { kty: 'OKP', crv: 'Ed25519', d: base64url(seed), x: base64url(publicKey) };
  const chains = ['solana:localnet'];
  const account = {
    address,
    publicKey: new Uint8Array(publicKey),
    chains,
    features: ['solana:signTransaction', 'solana:signMessage'],
  };
  const wallet = {
    version: '1.0.0',
    name: 'Cautious wallet',
    icon: 'data:image/svg+xml;base64,PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciLz4=',
    chains,
    accounts: [account],
    features: {
      'standard:connect': { version: '1.0.0', connect: async () => ({ accounts: [account] }) },
      'solana:signTransaction': {
        version: '1.0.0',
        supportedTransactionVersions: ['legacy', 0],
        signTransaction: async () => {
          throw new Error('User rejected the request.');
        },
      },
      'solana:signMessage': {
        version: '1.0.0',
        signMessage: async ({ message }: { message: BufferSource }) => {
          const key = await crypto.subtle.importKey('jwk', jwk, 'Ed25519', false, ['sign']);
          return [
            {
              signedMessage: message,
              signature: new Uint8Array(await crypto.subtle.sign('Ed25519', key, message)),
            },
          ];
        },
      },
    },
  };
  const register = (api: { register(wallet: unknown): void }) => api.register(wallet);
  window.addEventListener('wallet-standard:app-ready', (event) => register((event as CustomEvent).detail));
  window.dispatchEvent(new CustomEvent('wallet-standard:register-wallet', { detail: register }));
}

test('a wallet refuses to sign: nothing is sent, and one can try again', async () => {
  const renter = addressOf('Renter');
  const secret = [...secretOf('Renter')];
  const before = await signaturesOf(renter);
  const visitor = await visit();
  await visitor.context.addInitScript(registerRefusingWallet, {
    address: renter,
    seed: secret.slice(0, 32),
    publicKey: secret.slice(32),
  });
  await visitor.open('/?q=H100%20SXM&hours=4');
  await visitor.connect('Cautious wallet');
  await visitor.page.getByRole('link', { name: 'Rent it' }).click();
  await visitor.button('Review and sign').click();
  const review = visitor.dialog('Open the lease');
  await review.getByRole('button', { name: 'Sign and send' }).click();
  await review
    .getByText('The wallet did not sign, nothing was sent: you declined it in Cautious wallet')
    .waitFor();
  expect(await review.getByRole('button', { name: 'Sign and send' }).isEnabled()).toBe(true);
  await review.getByRole('button', { name: 'Cancel' }).click();
  expect(new URL(visitor.page.url()).hash).toMatch(/^#\/rent\//);
  expect(await signaturesOf(renter)).toEqual(before);
});

test('a transaction that fails in simulation says why in words, and is not sent', async () => {
  // The renter does not hear that the price has changed.
  const news = await cable(cluster.wsUrl);
  news.cut();
  onTestFinished(news.remove);
  const renter = await visit({ cluster: { wsUrl: news.url }, mayBeCutOff: true });
  const { region, search } = await listGpus();
  await renter.openAs('Renter', `/?q=${search}&hours=4`);
  await renter.page.getByRole('link', { name: 'Rent it' }).click();
  await renter.heading(/^Rent /).waitFor();
  await expect.poll(() => renter.button('Review and sign').isEnabled()).toBe(true);
  const before = await signaturesOf(addressOf('Renter'));

  const provider = await visit();
  await provider.openAs('Provider', '/provider');
  await provider.page
    .getByRole('row')
    .filter({ hasText: region })
    .getByRole('button', { name: 'Change' })
    .click();
  await provider.field('Price per GPU-hour').fill('2.4');
  await provider.button('Review and sign').click();
  await provider.sign('Change the offer');

  await renter.button('Review and sign').click();
  const review = renter.dialog('Open the lease');
  await review.getByText('This would be refused. Nothing was sent.').waitFor();
  await review.getByText('OfferChanged (6300) in open_lease').waitFor();
  expect(await review.getByRole('button', { name: 'Sign and send' }).isDisabled()).toBe(true);
  expect(await signaturesOf(addressOf('Renter'))).toEqual(before);
});
