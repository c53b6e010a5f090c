import type { Address } from '@solana/kit';
import { useQueryClient } from '@tanstack/react-query';
import { getWallets } from '@wallet-standard/app';
import type { Wallet, WalletAccount } from '@wallet-standard/base';
import { StandardEvents, type StandardEventsFeature } from '@wallet-standard/features';
import {
  createContext,
  use,
  useCallback,
  useEffect,
  useMemo,
  useState,
  useSyncExternalStore,
  type ReactNode,
} from 'react';
import { useChain } from '../chain/Chain';
import { walletChain } from '../chain/cluster';
import { checkCluster } from '../chain/domain';
import { harmless } from '../ui/harmless';
import { keep, kept } from '../ui/kept';
import * as signing from './signing';

/** An account that the reader can sign with. */
export type Account = { address: Address; label: string };

type Session = { wallet: Wallet; accounts: readonly WalletAccount[]; selected: string };

export type Wallets = {
  /** Wallets of this browser that work on this cluster. */
  available: readonly Wallet[];
  connected: Wallet | undefined;
  /** Its accounts; the reader acts as the first, `account`, and any may sign. */
  accounts: readonly Account[];
  account: Account | undefined;
  connect(wallet: Wallet): Promise<void>;
  select(address: Address): void;
  disconnect(): Promise<void>;
  /** Adds the signature of one of the connected wallet's accounts. Nothing is signed with a node of another cluster. */
  signTransaction(address: Address, transaction: Uint8Array): Promise<Uint8Array>;
  signMessage(address: Address, message: Uint8Array): Promise<Uint8Array>;
  /** Whether the wallet signs texts with this account; those of multisigs do not. */
  canSignMessage(address: Address): boolean;
};

const Context = createContext<Wallets | null>(null);

const registry = getWallets();
const REMEMBERED = 'wallet';

/** The registry's list, which changes identity only when it changes. */
let known = registry.get();
const subscribe = (listener: () => void) => {
  const update = () => {
    known = registry.get();
    listener();
  };
  const offs = [registry.on('register', update), registry.on('unregister', update)];
  update();
  return () => offs.forEach((off) => off());
};

const remembered = (): { wallet?: string; account?: string } => {
  try {
    return JSON.parse(kept(REMEMBERED) ?? '{}') ?? {};
  } catch {
    return {};
  }
};

export function WalletsProvider({ children }: { children: ReactNode }) {
  const node = useChain();
  const queries = useQueryClient();
  const chain = walletChain(node.cluster);
  const all = useSyncExternalStore(subscribe, () => known);
  const available = useMemo(() => all.filter((wallet) => signing.isUsable(wallet, chain)), [all, chain]);
  const [session, setSession] = useState<Session>();

  const open = useCallback(
    async (wallet: Wallet, silent: boolean) => {
      const accounts = signing.usableAccounts(await signing.connect(wallet, silent), chain);
      const first = accounts[0];
      if (!first) {
        if (silent) return;
        throw new Error(
          `${harmless(wallet.name)} gave no account of this cluster (${chain}); allow one or switch its network, and connect again.`,
        );
      }
      const before = remembered();
      const selected =
        accounts.find(({ address }) => before.wallet === wallet.name && address === before.account) ?? first;
      setSession({ wallet, accounts, selected: selected.address });
    },
    [chain],
  );

  // The wallet of the last visit, if it still agrees.
  const last = available.find(({ name }) => name === remembered().wallet);
  useEffect(() => {
    if (last && !session) open(last, true).catch(() => keep(REMEMBERED, null));
  }, [last, session, open]);

  useEffect(() => {
    if (!session) return;
    keep(REMEMBERED, JSON.stringify({ wallet: session.wallet.name, account: session.selected }));
    const events = session.wallet.features[StandardEvents] as
      StandardEventsFeature[typeof StandardEvents] | undefined;
    return events?.on('change', ({ accounts: changed }) => {
      if (!changed) return;
      const accounts = signing.usableAccounts(changed, chain);
      setSession((current) => {
        const first = accounts[0];
        if (!current || !first) return undefined;
        const stays = accounts.some(({ address }) => address === current.selected);
        return { ...current, accounts, selected: stays ? current.selected : first.address };
      });
    });
  }, [session, chain]);

  const value = useMemo<Wallets>(() => {
    const of = (address: Address) => {
      const account = session?.accounts.find((account) => account.address === address);
      if (!session || !account) throw new Error(`Connect the wallet that has the account ${address}.`);
      return { wallet: session.wallet, account };
    };
    const accounts = (session?.accounts ?? []).map(({ address, label }) => ({
      address: address as Address,
      label: harmless(label ?? session?.wallet.name ?? ''),
    }));
    return {
      available,
      connected: session?.wallet,
      accounts,
      account: accounts.find(({ address }) => address === session?.selected),
      connect: (wallet) => open(wallet, false),
      select: (address) => setSession((current) => current && { ...current, selected: address }),
      async disconnect() {
        keep(REMEMBERED, null);
        if (session) await signing.disconnect(session.wallet);
        setSession(undefined);
      },
      signTransaction: async (address, transaction) => {
        const { wallet, account } = of(address);
        await checkCluster(node, queries);
        return signing.signTransaction(wallet, account, transaction, chain);
      },
      signMessage: async (address, message) => {
        const { wallet, account } = of(address);
        await checkCluster(node, queries);
        return signing.signMessage(wallet, account, message);
      },
      canSignMessage: (address) => {
        const account = session?.accounts.find((account) => account.address === address);
        return (
          session !== undefined && account !== undefined && signing.canSignMessage(session.wallet, account)
        );
      },
    };
  }, [available, session, open, chain, node, queries]);

  return <Context value={value}>{children}</Context>;
}

export function useWallets(): Wallets {
  const wallets = use(Context);
  if (!wallets) throw new Error('no WalletsProvider');
  return wallets;
}
