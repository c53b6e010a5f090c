import { getBase64Decoder, type Address } from '@solana/kit';
import { expect, it } from 'vitest';
import { collecting, getAccount, listAccounts, type Keyed, type Kinds } from './account';
import { GPU_LEASE_PROGRAM_ADDRESS, OFFER_DISCRIMINATOR } from './generated';
import type { Node } from './node';
import { numbered, voteBytes } from './testing';

const [own, foreign, other, broken, elsewhere] = [1, 2, 3, 4, 5].map(numbered) as [
  Address,
  Address,
  Address,
  Address,
  Address,
];
const proposal = numbered(108);
const account = (encoded: string, owner = GPU_LEASE_PROGRAM_ADDRESS as Address) => ({
  owner,
  data: [encoded, 'base64'],
});
const cut = getBase64Decoder().decode(OFFER_DISCRIMINATOR);
const cutVote = Buffer.from(voteBytes(1n), 'base64').subarray(0, 40).toString('base64');

/** A node that answers with whatever it likes. */
const node = (accounts: Record<Address, ReturnType<typeof account>>, asked: unknown[] = []) =>
  ({
    rpc: {
      getProgramAccounts: (_: Address, options: { filters: unknown[] }) => ({
        send: async () => (
          asked.push(options.filters),
          {
            context: { slot: 7n },
            value: Object.entries(accounts).map(([pubkey, account]) => ({ pubkey, account })),
          }
        ),
      }),
      getAccountInfo: (address: Address) => ({
        send: async () => ({ context: { slot: 7n }, value: accounts[address] ?? null }),
      }),
    },
  }) as unknown as Node;

it('lists what it asked for, whatever else the node answers with, and counts what cannot be read', async () => {
  const asked: unknown[] = [];
  const answered = node(
    {
      [own]: account(voteBytes(5n)),
      [foreign]: account(voteBytes(6n), numbered(77)),
      [other]: account(cut),
      [broken]: account(cutVote),
      [elsewhere]: account(voteBytes(7n, numbered(9))),
    },
    asked,
  );
  const { accounts, unreadable } = await listAccounts(answered, 'voteRecord', {
    'voteRecord.proposal': proposal,
  });
  expect(accounts.map(({ address, weight }) => [address, weight])).toEqual([[own, 5n]]);
  expect(unreadable).toBe(1);
  expect(asked).toMatchObject([[{ memcmp: { offset: 0n } }, { memcmp: { offset: 8n, bytes: proposal } }]]);
});

it('finds nothing where there is another kind, another program or nothing, and throws for what it cannot read', async () => {
  const answered = node({
    [own]: account(voteBytes(5n)),
    [foreign]: account(voteBytes(6n), numbered(77)),
    [other]: account(cut),
    [broken]: account(cutVote),
  });
  expect((await getAccount(answered, 'voteRecord', own))?.weight).toBe(5n);
  for (const address of [foreign, other, elsewhere])
    expect(await getAccount(answered, 'voteRecord', address)).toBeNull();
  await expect(getAccount(answered, 'voteRecord', broken)).rejects.toThrow('Failed to decode account data');
});

it('keeps what has the same bytes, and takes what is told later', () => {
  const known = [{ address: own, bytes: voteBytes(5n), weight: 5n }] as Keyed<Kinds['voteRecord']>[];
  const { take, found } = collecting('voteRecord', {}, known);
  take([own, voteBytes(5n)]);
  take([other, voteBytes(1n)]);
  take([broken, cutVote]);
  expect(found().accounts[0]).toBe(known[0]);
  expect(found().unreadable).toBe(1);
  take([other, null]);
  take([broken, voteBytes(2n)]);
  expect(found().accounts.map(({ address }) => address)).toEqual([own, broken]);
  expect(found().unreadable).toBe(0);
});
