import type { Chain } from './Chain';

/** Moves the clock of a local validator, which is nothing that a real cluster can do. */
export async function travelTo({ cluster }: Chain, time: bigint) {
  const response = await fetch(cluster.rpcUrl, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'surfnet_timeTravel', params: [{ absoluteTimestamp: Number(time) * 1000 }] }),
  });
  const { error } = (await response.json()) as { error?: { message: string } };
  if (error) throw new Error(`The clock could not be moved: ${error.message}`);
}
