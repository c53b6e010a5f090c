import type { Address } from '@solana/kit';
import { useQuery } from '@tanstack/react-query';
import { tokenAccount } from 'gpu-lease';
import { UNNAMED, useTokens, type Token } from './accounts';
import { useChain } from './Chain';
import { keys } from './keys';

/** Tokens that a wallet holds, base units. */
export function useTokenBalance(owner: Address | undefined, token: Pick<Token, 'mint' | 'tokenProgram'>) {
  const { rpc } = useChain();
  return useQuery({
    queryKey: keys.balance(owner, token.mint),
    enabled: owner !== undefined,
    queryFn: async () => {
      const account = await tokenAccount(owner!, token);
      const { value } = await rpc
        .getAccountInfo(account, { encoding: 'jsonParsed', commitment: 'confirmed' })
        .send();
      return amountIn(value);
    },
    refetchInterval: 15_000,
  });
}

/** Accounts that a node gives in one answer. */
const AT_ONCE = 100;

/** What a wallet holds of the accepted mints: those that the cluster names, and whatever else it has. Base units. */
export function useBalances(owner: Address) {
  const { rpc } = useChain();
  const tokens = useTokens();
  return useQuery({
    queryKey: keys.allBalances(owner, tokens.keys()),
    queryFn: async () => {
      const all = await Promise.all(
        [...tokens.values()].map(async (token) => ({ token, account: await tokenAccount(owner, token) })),
      );
      const batches = Array.from({ length: Math.ceil(all.length / AT_ONCE) }, (_, i) =>
        all.slice(i * AT_ONCE, (i + 1) * AT_ONCE),
      );
      const answers = await Promise.all(
        batches.map(async (batch) => {
          const { value } = await rpc
            .getMultipleAccounts(
              batch.map(({ account }) => account),
              { encoding: 'jsonParsed', commitment: 'confirmed' },
            )
            .send();
          return batch.map(({ token }, i) => ({ token, amount: amountIn(value[i]) }));
        }),
      );
      return answers.flat().filter(({ token, amount }) => amount > 0n || token.rank !== UNNAMED);
    },
    refetchInterval: 15_000,
  });
}

/** The amount in a token account as a node reads it; none where there is no such account. */
function amountIn(account: { data: unknown } | null | undefined): bigint {
  const data = account?.data as { parsed?: { info: { tokenAmount: { amount: string } } } } | undefined;
  return BigInt(data?.parsed?.info.tokenAmount.amount ?? 0);
}

/** In which mint a token account of `owner` is, if it is the one that holds that mint's. */
export function useTokenOf(owner: Address, account: Address): Token | undefined {
  const tokens = useTokens();
  const { data: accounts } = useQuery({
    queryKey: keys.tokenAccounts(owner, tokens.keys()),
    queryFn: () =>
      Promise.all(
        [...tokens.values()].map(async (token) => ({ token, account: await tokenAccount(owner, token) })),
      ),
    refetchInterval: false,
  });
  return accounts?.find((known) => known.account === account)?.token;
}

/** SOL that a wallet holds, lamports. */
export function useSolBalance(owner: Address | undefined) {
  const { rpc } = useChain();
  return useQuery({
    queryKey: keys.sol(owner),
    enabled: owner !== undefined,
    queryFn: async () => (await rpc.getBalance(owner!, { commitment: 'confirmed' }).send()).value as bigint,
    refetchInterval: 15_000,
  });
}
