// The token of an amount, as the chain has it: never guessed.

import { getTokenSize } from '@solana-program/token';
import { getAddressDecoder, getBase64Encoder, type Address } from '@solana/kit';
import { useQuery } from '@tanstack/react-query';
import { TOKEN_PROGRAMS, decimalsIn } from 'gpu-lease';
import { shortAddress } from '../ui/format';
import type { Token } from './accounts';
import { useChain, type Chain } from './Chain';
import { keys } from './keys';

/** What an amount is counted in. */
export type Currency = Pick<Token, 'mint' | 'decimals' | 'symbol'>;

/** The bytes of an account of a token program; `undefined` where there is none. */
async function tokenBytes({ rpc }: Chain, address: Address): Promise<Uint8Array | undefined> {
  const { value } = await rpc.getAccountInfo(address, { encoding: 'base64', commitment: 'confirmed' }).send();
  if (!value || !TOKEN_PROGRAMS.includes(value.owner)) return undefined;
  return getBase64Encoder().encode(value.data[0]) as Uint8Array;
}

/** The currency of a mint, or of the mint that a token account is in; `null` if the chain has none. */
export async function readCurrency(
  chain: Chain,
  of: { mint: Address } | { account: Address },
): Promise<Currency | null> {
  const account = 'account' in of ? await tokenBytes(chain, of.account) : undefined;
  const isAccount = account !== undefined && account.length >= getTokenSize();
  const mint = 'mint' in of ? of.mint : isAccount ? getAddressDecoder().decode(account) : undefined;
  const bytes = mint && (await tokenBytes(chain, mint));
  const decimals = bytes && decimalsIn(bytes);
  return decimals === undefined
    ? null
    : { mint: mint!, decimals, symbol: chain.cluster.tokens?.[mint!] ?? shortAddress(mint!) };
}

/** The same, once it is read. */
export function useCurrency(of: { mint: Address } | { account: Address }): Currency | null | undefined {
  const chain = useChain();
  return useQuery({
    queryKey: keys.currency(of),
    queryFn: () => readCurrency(chain, of),
    staleTime: Infinity,
    refetchInterval: false,
  }).data;
}
