import { getBase64Decoder } from '@solana/kit';
import { QueryClient } from '@tanstack/react-query';
import { describe, expect, it } from 'vitest';
import { numbered } from 'gpu-lease/testing';
import {
  domainOf,
  getProtocolEncoder,
  GPU_LEASE_PROGRAM_ADDRESS,
  PROTOCOL_DISCRIMINATOR,
  requireDomain,
} from 'gpu-lease';
import type { Chain } from './Chain';
import { checkCluster } from './domain';

const OWN = numbered(7) as string;
const DEVNET = 'EtWTRABZaYq6iMfeYKouRu166VU2xqa1wcaWoxPkrZBG';

/** A node with this genesis hash; the program was set up where it is `setUpFor`. */
async function node({
  name = 'local',
  genesis = OWN,
  setUpFor = genesis,
}: {
  name?: string;
  genesis?: string;
  setUpFor?: string;
}) {
  const account = new Uint8Array(getProtocolEncoder().fixedSize);
  account.set(PROTOCOL_DISCRIMINATOR);
  account.set(await domainOf(setUpFor), 8);
  let asked = 0;
  const rpc = {
    getGenesisHash: () => ({ send: async () => (asked++, genesis) }),
    getProgramAccounts: () => ({
      send: async () => ({
        context: { slot: 1n },
        value: [
          {
            pubkey: numbered(4),
            account: {
              owner: GPU_LEASE_PROGRAM_ADDRESS,
              data: [getBase64Decoder().decode(account), 'base64'],
            },
          },
        ],
      }),
    }),
  };
  return { chain: { cluster: { name }, rpc } as unknown as Chain, asked: () => asked };
}

const check = async (...args: Parameters<typeof node>) =>
  checkCluster((await node(...args)).chain, new QueryClient());

describe('before anybody signs', () => {
  it('lets pass a node of the cluster that the program was set up on', async () => {
    await expect(check({})).resolves.toBeUndefined();
    await expect(check({ name: 'devnet', genesis: DEVNET })).resolves.toBeUndefined();
  });

  it('refuses a node of another cluster', async () => {
    await expect(check({ setUpFor: numbered(8) })).rejects.toThrow(
      'The node is of another cluster than the program was set up on, so nothing is signed here.',
    );
  });

  it('refuses a node that is not of the public cluster that the page names, whatever the node tells of the program', async () => {
    await expect(check({ name: 'mainnet', genesis: DEVNET })).rejects.toThrow(
      'The node is not of mainnet, so nothing is signed here.',
    );
  });

  it('refuses usage of a lease that a node shows with the domain of another cluster', async () => {
    const [own, other] = await Promise.all([domainOf(OWN), domainOf(DEVNET)]);
    requireDomain({ domain: own }, { domain: own });
    expect(() => requireDomain({ domain: other }, { domain: own })).toThrow(
      'This lease is of another cluster; do not sign for it.',
    );
  });

  it('asks the node once', async () => {
    const { chain, asked } = await node({});
    const queries = new QueryClient();
    await checkCluster(chain, queries);
    await checkCluster(chain, queries);
    expect(asked()).toBe(1);
  });
});
