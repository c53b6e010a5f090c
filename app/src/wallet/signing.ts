// What the page asks of a wallet, whichever it is: the features of the Wallet Standard for Solana.

import {
  getPublicKeyFromAddress,
  isAddress,
  verifySignature,
  type Address,
  type SignatureBytes,
} from '@solana/kit';
import type { Wallet, WalletAccount } from '@wallet-standard/base';
import {
  StandardConnect,
  StandardDisconnect,
  type StandardConnectFeature,
  type StandardDisconnectFeature,
} from '@wallet-standard/features';
import {
  SolanaSignMessage,
  SolanaSignTransaction,
  type SolanaSignMessageFeature,
  type SolanaSignTransactionFeature,
} from '@solana/wallet-standard-features';
import { walletRefusal } from './refusal';

type Features = Partial<
  StandardConnectFeature & StandardDisconnectFeature & SolanaSignTransactionFeature & SolanaSignMessageFeature
>;

const features = (wallet: Wallet) => wallet.features as Features;

/** Whether the page can work with a wallet on this chain. */
export const isUsable = (wallet: Wallet, chain: string) =>
  wallet.chains.includes(chain as `${string}:${string}`) &&
  StandardConnect in wallet.features &&
  SolanaSignTransaction in wallet.features;

/** The accounts that can sign on this chain: a wallet of several has others too, whose addresses are none here. */
export const usableAccounts = (accounts: readonly WalletAccount[], chain: string) =>
  accounts.filter(
    ({ address, chains, features }) =>
      isAddress(address) &&
      chains.includes(chain as `${string}:${string}`) &&
      features.includes(SolanaSignTransaction),
  );

/** What a wallet answers; throws a sentence, whatever it throws. */
async function ask<T>(wallet: Wallet, question: () => Promise<T>): Promise<T> {
  try {
    return await question();
  } catch (thrown) {
    throw new Error(walletRefusal(thrown, wallet.name), { cause: thrown });
  }
}

/** Asks the wallet for its accounts. With `silent` it shows nothing and gives only what was agreed to before. */
export async function connect(wallet: Wallet, silent = false): Promise<readonly WalletAccount[]> {
  const answer = (await ask(wallet, () => features(wallet)[StandardConnect]!.connect({ silent }))) as
    { accounts?: readonly WalletAccount[] } | undefined;
  return answer?.accounts ?? [];
}

export async function disconnect(wallet: Wallet) {
  await features(wallet)[StandardDisconnect]?.disconnect();
}

/** The transaction with this account's signature, checked: a wallet may have added what moves nothing, and nothing else. */
export async function signTransaction(
  wallet: Wallet,
  account: WalletAccount,
  transaction: Uint8Array,
  chain: string,
): Promise<Uint8Array> {
  // What checks the answer is there before the wallet is asked; a page that only shows the market does without.
  const { checkSigned } = await import('./edited');
  const answer = await ask(wallet, () =>
    features(wallet)[SolanaSignTransaction]!.signTransaction({
      account,
      transaction,
      chain: chain as `${string}:${string}`,
    }),
  );
  const signed = answer?.[0]?.signedTransaction as Uint8Array | undefined;
  if (!signed) throw new Error('the wallet returned no transaction');
  await checkSigned(transaction, signed, account.address as Address);
  return signed;
}

export const canSignMessage = (wallet: Wallet, account: WalletAccount) =>
  SolanaSignMessage in wallet.features && account.features.includes(SolanaSignMessage);

/** This account's Ed25519 signature of a message. */
export async function signMessage(
  wallet: Wallet,
  account: WalletAccount,
  message: Uint8Array,
): Promise<Uint8Array> {
  const feature = features(wallet)[SolanaSignMessage];
  if (!feature) throw new Error(`${wallet.name} cannot sign messages; use another wallet for this.`);
  const answer = await ask(wallet, () => feature.signMessage({ account, message }));
  const signature = answer?.[0]?.signature as SignatureBytes | undefined;
  if (!signature) throw new Error('the wallet returned no signature');
  if (!(await verifySignature(await getPublicKeyFromAddress(account.address as Address), signature, message)))
    throw new Error(
      `the wallet did not sign this text with the account ${account.address}; choose that account in it, and try again`,
    );
  return signature;
}
