// What the page asks of a wallet, whichever it is: the features of the Wallet Standard for Solana.

import type { Wallet, WalletAccount } from '@wallet-standard/base';
import { StandardConnect, StandardDisconnect, type StandardConnectFeature, type StandardDisconnectFeature } from '@wallet-standard/features';
import {
  SolanaSignMessage,
  SolanaSignTransaction,
  type SolanaSignMessageFeature,
  type SolanaSignTransactionFeature,
} from '@solana/wallet-standard-features';

type Features = Partial<
  StandardConnectFeature & StandardDisconnectFeature & SolanaSignTransactionFeature & SolanaSignMessageFeature
>;

const features = (wallet: Wallet) => wallet.features as Features;

/** Whether the page can work with a wallet on this chain. */
export const isUsable = (wallet: Wallet, chain: string) =>
  wallet.chains.includes(chain as `${string}:${string}`) &&
  StandardConnect in wallet.features &&
  SolanaSignTransaction in wallet.features;

/** Asks the wallet for its accounts. With `silent` it shows nothing and gives only what was agreed to before. */
export async function connect(wallet: Wallet, silent = false): Promise<readonly WalletAccount[]> {
  const { accounts } = await features(wallet)[StandardConnect]!.connect({ silent });
  return accounts;
}

export async function disconnect(wallet: Wallet) {
  await features(wallet)[StandardDisconnect]?.disconnect();
}

/** The transaction with this account's signature. */
export async function signTransaction(
  wallet: Wallet,
  account: WalletAccount,
  transaction: Uint8Array,
  chain: string,
): Promise<Uint8Array> {
  const [output] = await features(wallet)[SolanaSignTransaction]!.signTransaction({
    account,
    transaction,
    chain: chain as `${string}:${string}`,
  });
  if (!output) throw new Error('The wallet returned no transaction.');
  return output.signedTransaction as Uint8Array;
}

/** This account's Ed25519 signature of a message. */
export async function signMessage(wallet: Wallet, account: WalletAccount, message: Uint8Array): Promise<Uint8Array> {
  const feature = features(wallet)[SolanaSignMessage];
  if (!feature) throw new Error(`${wallet.name} cannot sign messages; use another wallet for this.`);
  const [output] = await feature.signMessage({ account, message });
  if (!output) throw new Error('The wallet returned no signature.');
  return output.signature as Uint8Array;
}
