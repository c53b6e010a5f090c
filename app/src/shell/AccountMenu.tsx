import { useQueryClient } from '@tanstack/react-query';
import type { Address } from '@solana/kit';
import { now } from 'gpu-lease';
import { useTokens, type Token } from '../chain/accounts';
import { useBalances } from '../chain/balances';
import { useChain } from '../chain/Chain';
import { isLocal } from '../chain/cluster';
import { explorerLink } from '../chain/explorer';
import { giveSol, setTokens } from '../chain/local';
import { keys } from '../chain/keys';
import { formatError } from '../onchain/formatError';
import { formatMoney } from '../ui/format';
import { keep, useKept } from '../ui/kept';
import { MenuChoice, MenuItem, MenuLine } from '../ui/Menu';
import { useToasts } from '../ui/Toasts';

/** What the local market gives whoever asks: SOL in lamports, tokens whole. */
const GIFT = { sol: 10_000_000_000n, tokens: 1_000n };

/** The wallet's menu below its accounts: where the account is shown, what the page tells it, and on a local cluster gives it. */
export function AccountMenu({ account }: { account: Address }) {
  const chain = useChain();
  const balances = useBalances(account);
  const link = explorerLink(chain.cluster, 'address', account);
  return (
    <>
      <MenuLine />
      {link && (
        <MenuItem onSelect={() => void window.open(link, '_blank', 'noreferrer')}>
          Show in the explorer
        </MenuItem>
      )}
      <Notify />
      {isLocal(chain.cluster) && <Faucet account={account} balances={balances.data} />}
    </>
  );
}

/** Whether this browser tells the reader what happens to its leases. */
function Notify() {
  const toasts = useToasts();
  const isOn = useKept('notify') !== null;
  async function choose() {
    if (isOn) return keep('notify', null);
    keep('notify', now().toString());
    const answer = 'Notification' in window ? await Notification.requestPermission() : 'denied';
    if (answer !== 'granted')
      toasts.show({
        title: 'No notifications',
        body: 'This browser does not let the page show any; allow them in its settings. News is counted in the title of this tab.',
        tone: 'out',
      });
  }
  return (
    <MenuChoice checked={isOn} onSelect={() => void choose()}>
      Notify me about my leases
    </MenuChoice>
  );
}

/** SOL and tokens out of nothing: those that the cluster names, which have no worth. */
function Faucet({ account, balances }: { account: Address; balances: Holding[] | undefined }) {
  const chain = useChain();
  const queries = useQueryClient();
  const toasts = useToasts();
  const tokens = [...useTokens().values()].filter(({ mint }) => chain.cluster.tokens?.[mint]);
  async function give(what: string, gift: () => Promise<void>) {
    try {
      await gift();
      toasts.show({ title: `${what} for this account`, tone: 'in' });
    } catch (error) {
      toasts.show({ title: `The local validator gave no ${what}`, body: formatError(error), tone: 'risk' });
    }
    await queries.invalidateQueries({ queryKey: keys.balances });
  }
  return (
    <>
      <MenuItem onSelect={() => void give('10 SOL', () => giveSol(chain, account, GIFT.sol))}>
        Get 10 SOL
      </MenuItem>
      {balances &&
        tokens.map((token) => {
          const gift = GIFT.tokens * 10n ** BigInt(token.decimals);
          const has = balances.find(({ token: { mint } }) => mint === token.mint)?.amount ?? 0n;
          const what = formatMoney(gift, token);
          return (
            <MenuItem
              key={token.mint}
              onSelect={() => void give(what, () => setTokens(chain, account, token, has + gift))}
            >
              Get {what}
            </MenuItem>
          );
        })}
    </>
  );
}

type Holding = { token: Token; amount: bigint };
