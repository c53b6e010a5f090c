import { useQuery } from '@tanstack/react-query';
import type { Token } from '../chain/accounts';
import { useChain } from '../chain/Chain';
import { keys } from '../chain/keys';

/** Fees in a mint that the program holds and no vote has withdrawn yet, base units. */
export function useCollected(token: Pick<Token, 'feeVault'> | undefined) {
  const { rpc } = useChain();
  return useQuery({
    queryKey: keys.collectedFees(token?.feeVault),
    enabled: token !== undefined,
    queryFn: async () => {
      const { value } = await rpc.getTokenAccountBalance(token!.feeVault, { commitment: 'confirmed' }).send();
      return BigInt(value.amount);
    },
    refetchInterval: 15_000,
  });
}
