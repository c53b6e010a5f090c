// What only a local validator can do.

import type { Address } from '@solana/kit';
import type { Token } from './accounts';
import type { Chain } from './Chain';

/** Asks for what no real cluster offers. */
async function ask({ cluster }: Chain, method: string, ...params: unknown[]) {
  const response = await fetch(cluster.rpcUrl, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  });
  const { error } = (await response.json()) as { error?: { message: string } };
  if (error) throw new Error(error.message);
}

/** Moves the clock. */
export async function travelTo(chain: Chain, time: bigint) {
  await ask(chain, 'surfnet_timeTravel', { absoluteTimestamp: Number(time) * 1000 }).catch((error: Error) => {
    throw new Error(`The clock could not be moved: ${error.message}`);
  });
}

/** Gives an account SOL out of nothing, lamports. */
export const giveSol = (chain: Chain, account: Address, lamports: bigint) =>
  ask(chain, 'requestAirdrop', account, Number(lamports));

/** Lets an account hold so many tokens, base units. */
export const setTokens = (chain: Chain, account: Address, { mint, tokenProgram }: Token, amount: bigint) =>
  ask(chain, 'surfnet_setTokenAccount', account, mint, { amount: Number(amount) }, tokenProgram);
