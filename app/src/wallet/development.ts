// The wallet of a local validator. It registers itself through the Wallet Standard as any other would, so that
// the page has no other way to sign. Its keys are known to the whole world and worth nothing anywhere else.

import {
  createKeyPairFromBytes,
  getAddressFromPublicKey,
  getBase58Encoder,
  getTransactionDecoder,
  getTransactionEncoder,
  partiallySignTransaction,
  signBytes,
} from '@solana/kit';
import {
  SolanaSignMessage,
  SolanaSignTransaction,
  type SolanaSignMessageMethod,
  type SolanaSignTransactionMethod,
} from '@solana/wallet-standard-features';
import type { Wallet, WalletAccount } from '@wallet-standard/base';
import { StandardConnect, StandardDisconnect, StandardEvents } from '@wallet-standard/features';
import { registerWallet } from '@wallet-standard/wallet';
import { isLocal, walletChain, type Cluster } from '../chain/cluster';

export const DEVELOPMENT_WALLET = 'Development wallet';

const ICON =
  'data:image/svg+xml;base64,PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciIHZpZXdCb3g9IjAgMCAyNCAyNCI+PHJlY3Qgd2lkdGg9IjI0IiBoZWlnaHQ9IjI0IiByeD0iNiIgZmlsbD0iI2EzM2IxMiIvPjxwYXRoIGQ9Ik02IDhoMTJ2OUg2em0wIDBsMi0zaDhsMiAzIiBmaWxsPSJub25lIiBzdHJva2U9IiNmZmYiIHN0cm9rZS13aWR0aD0iMS42Ii8+PC9zdmc+';

/** Registers the wallet, if the page belongs to a local validator. */
export async function registerDevelopmentWallet(cluster: Cluster) {
  const host = new URL(cluster.rpcUrl).hostname;
  if (!cluster.developmentWallet || !isLocal(cluster) || !['127.0.0.1', 'localhost', '[::1]'].includes(host))
    return;

  const chains = [walletChain(cluster)];
  const keys = new Map<string, CryptoKeyPair>();
  const accounts: WalletAccount[] = [];
  for (const { name, secret } of cluster.developmentWallet) {
    const pair = await createKeyPairFromBytes(Uint8Array.from(atob(secret), (c) => c.charCodeAt(0)));
    const address = await getAddressFromPublicKey(pair.publicKey);
    keys.set(address, pair);
    accounts.push({
      address,
      publicKey: getBase58Encoder().encode(address) as Uint8Array,
      chains,
      features: [SolanaSignTransaction, SolanaSignMessage],
      label: name,
    });
  }
  const keyOf = ({ address }: WalletAccount) => {
    const pair = keys.get(address);
    if (!pair) throw new Error(`${DEVELOPMENT_WALLET} has no account ${address}.`);
    return pair;
  };

  const signTransaction: SolanaSignTransactionMethod = (...inputs) =>
    Promise.all(
      inputs.map(async ({ account, transaction }) => {
        const signed = await partiallySignTransaction(
          [keyOf(account)],
          getTransactionDecoder().decode(transaction),
        );
        return { signedTransaction: getTransactionEncoder().encode(signed) as Uint8Array };
      }),
    );
  const signMessage: SolanaSignMessageMethod = (...inputs) =>
    Promise.all(
      inputs.map(async ({ account, message }) => ({
        signedMessage: message,
        signature: (await signBytes(keyOf(account).privateKey, message)) as Uint8Array,
      })),
    );

  const wallet: Wallet = {
    version: '1.0.0',
    name: DEVELOPMENT_WALLET,
    icon: ICON,
    chains,
    accounts,
    features: {
      [StandardConnect]: { version: '1.0.0', connect: async () => ({ accounts }) },
      [StandardDisconnect]: { version: '1.0.0', disconnect: async () => undefined },
      [StandardEvents]: { version: '1.0.0', on: () => () => undefined },
      [SolanaSignTransaction]: {
        version: '1.0.0',
        supportedTransactionVersions: ['legacy', 0],
        signTransaction,
      },
      [SolanaSignMessage]: { version: '1.0.0', signMessage },
    },
  };
  registerWallet(wallet);
}
