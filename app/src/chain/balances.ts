import { findAssociatedTokenPda } from '@solana-program/token';
import type { Address } from '@solana/kit';
import { useQuery } from '@tanstack/react-query';
import { useTokens, type Token } from './accounts';
import { useChain } from './Chain';

/** The account in which a wallet holds a mint's tokens. */
export async function tokenAccount(owner: Address, { mint, tokenProgram }: Pick<Token, 'mint' | 'tokenProgram'>): Promise<Address> {
  const [address] = await findAssociatedTokenPda({ owner, mint, tokenProgram });
  return address;
}

/** Tokens that a wallet holds, base units. */
export function useTokenBalance(owner: Address | undefined, token: Pick<Token, 'mint' | 'tokenProgram'>) {
  const { rpc } = useChain();
  return useQuery({
    queryKey: ['balances', owner, token.mint],
    enabled: owner !== undefined,
    queryFn: async () => {
      const account = await tokenAccount(owner!, token);
      const { value } = await rpc.getAccountInfo(account, { encoding: 'jsonParsed', commitment: 'confirmed' }).send();
      const data = value?.data as { parsed?: { info: { tokenAmount: { amount: string } } } } | undefined;
      return BigInt(data?.parsed?.info.tokenAmount.amount ?? 0);
    },
    refetchInterval: 15_000,
  });
}

/** In which mint a token account of `owner` is, if it is the one that holds that mint's. */
export function useTokenOf(owner: Address, account: Address): Token | undefined {
  const tokens = useTokens();
  const { data: accounts } = useQuery({
    queryKey: ['token accounts', owner, ...tokens.keys()],
    queryFn: () => Promise.all([...tokens.values()].map(async (token) => ({ token, account: await tokenAccount(owner, token) }))),
    refetchInterval: false,
  });
  return accounts?.find((known) => known.account === account)?.token;
}

/** SOL that a wallet holds, lamports. */
export function useSolBalance(owner: Address | undefined) {
  const { rpc } = useChain();
  return useQuery({
    queryKey: ['balances', owner, 'SOL'],
    enabled: owner !== undefined,
    queryFn: async () => (await rpc.getBalance(owner!, { commitment: 'confirmed' }).send()).value as bigint,
    refetchInterval: 15_000,
  });
}

