import type { Address } from '@solana/kit';
import { useSuspenseQuery } from '@tanstack/react-query';
import { useProtocol, useTokens, type Token } from '../chain/accounts';
import { useChain } from '../chain/Chain';
import { keys } from '../chain/keys';
import { shortAddress } from '../ui/format';

/** The token that votes: its mint need not be one that leases are paid in. */
export type VoteToken = Pick<Token, 'mint' | 'decimals' | 'symbol' | 'tokenProgram'> & { supply: bigint };

type ParsedMint = { parsed: { info: { decimals: number; supply: string } } };

export function useVoteToken(): VoteToken {
  const { voteMint } = useProtocol();
  const { rpc, cluster } = useChain();
  const { data } = useSuspenseQuery({
    queryKey: keys.voteMint(voteMint),
    queryFn: async () => {
      const { value } = await rpc
        .getAccountInfo(voteMint, { encoding: 'jsonParsed', commitment: 'confirmed' })
        .send();
      if (!value) throw new Error(`The mint whose tokens vote, ${voteMint}, does not exist on this cluster.`);
      const { decimals, supply } = (value.data as ParsedMint).parsed.info;
      return { decimals: Number(decimals), supply: BigInt(supply), tokenProgram: value.owner };
    },
  });
  return { ...data, mint: voteMint, symbol: cluster.tokens?.[voteMint] ?? shortAddress(voteMint) };
}

/** The token in which the participants' house counts. */
export function useUnitToken(): Token {
  const { unitMint } = useProtocol();
  const token = useTokens().get(unitMint as Address);
  if (!token) throw new Error(`The mint ${unitMint}, in which fees count, is not registered.`);
  return token;
}
