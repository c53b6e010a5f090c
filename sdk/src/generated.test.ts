// What the generated client finds by itself, against the addresses that the Rust client derives.

import { readFileSync } from 'node:fs';
import { TOKEN_PROGRAM_ADDRESS } from '@solana-program/token';
import { createNoopSigner, type Address, type Instruction } from '@solana/kit';
import { expect, it } from 'vitest';
import * as program from './generated';
import { OFFSETS, type Kind } from './generated/kinds';
import { NOBODY } from './addresses';
import { tokenAccount } from './addresses';
import { openLease } from './instruction';
import { numbered } from './testing';

const read = <T>(path: string) =>
  JSON.parse(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')) as T;
const { instructions } = read<{ instructions: { name: string; accounts: { name: string }[] }[] }>(
  'idl/gpu_lease.json',
);
const { addresses } = read<{
  addresses: { name: string; of?: Address[]; number?: string; address: Address }[];
}>('tests/fixtures/derivations.json');

const same = (a: Address[] = [], b: Address[] = []) =>
  a.length === b.length && a.every((address, index) => address === b[index]);
const at = (name: string, of: Address[] = [], number?: string) =>
  addresses.find((known) => known.name === name && same(known.of, of) && known.number === number)!.address;

/** The accounts of an instruction, by the names that the IDL has for them. */
const accountsOf = (name: string, { accounts }: Instruction) =>
  Object.fromEntries(
    instructions
      .find((known) => known.name === name)!
      .accounts.map((account, index) => [account.name, accounts![index]!.address]),
  );

// The fixture derives addresses from these.
const [one, proposal, voter] = [numbered(1), numbered(1), numbered(5)];
const signer = createNoopSigner(one);
const [mint, tokenProgram] = [numbered(9), TOKEN_PROGRAM_ADDRESS];
const ballot = { validUntil: 0, actionHash: new Uint8Array(32), isFor: true };
const seen = { life: new Uint8Array(32), validUntil: 0 };
const protocol = { protocol: at('protocol') };
const governance = { governance: at('governance') };
const fee_params = { fee_params: at('fee_params') };

const request = {
  nonce: 1n,
  deposit: 0,
  startDeadline: 0,
  duration: 0,
  gpus: 0,
  maxFeeBps: 0,
  validUntil: 0,
  expectedOffer: new Uint8Array(32),
  arbiter: NOBODY,
  accessKey: new Uint8Array(32),
  sessionKey: NOBODY,
};
const found: [string, Promise<Instruction>, Record<string, Address | Promise<Address>>][] = [
  [
    'open_lease',
    program.getOpenLeaseInstructionAsync({
      renter: signer,
      payer: signer,
      offer: numbered(7),
      mint,
      tokenProgram,
      ...request,
    }),
    {
      lease: at('lease', [one], '1'),
      participant: at('participant', [one]),
      payer_token: tokenAccount(one, { mint, tokenProgram }),
      ...protocol,
      ...fee_params,
    },
  ],
  [
    'create_participant',
    program.getCreateParticipantInstructionAsync({ party: signer, rentPayer: signer }),
    { participant: at('participant', [one]) },
  ],
  [
    'register_mint',
    program.getRegisterMintInstructionAsync({ rentPayer: signer, mint: one, tokenProgram }),
    { mint_policy: at('mint', [one]), fee_vault: at('fee_vault', [one]) },
  ],
  [
    'nominate_authority',
    program.getNominateAuthorityInstructionAsync({
      authority: signer,
      validUntil: 0,
      replaced: NOBODY,
      nominee: NOBODY,
    }),
    { provider: at('provider', [one]) },
  ],
  [
    'top_up',
    program.getTopUpInstructionAsync({
      funder: signer,
      lease: one,
      funderToken: one,
      tokenProgram,
      seen,
      amount: 0,
      minEndsAt: 0,
    }),
    { vault: at('vault', [one]) },
  ],
  [
    'count_fees',
    program.getCountFeesInstructionAsync({
      lease: one,
      renterParticipant: one,
      providerParticipant: one,
      mintPolicy: one,
    }),
    protocol,
  ],
  [
    'lock_tokens',
    program.getLockTokensInstructionAsync({
      owner: signer,
      voteMint: mint,
      tokenProgram,
      amount: 0,
      unlockAt: 0,
    }),
    {
      lock: at('lock', [one]),
      owner_token: tokenAccount(one, { mint, tokenProgram }),
      ...governance,
      ...protocol,
    },
  ],
  [
    'extend_lock',
    program.getExtendLockInstructionAsync({ owner: signer, unlockAt: 0 }),
    { lock: at('lock', [one]), ...governance },
  ],
  [
    'cast_vote',
    program.getCastVoteInstructionAsync({ voter: signer, proposal, lock: voter, ...ballot }),
    { record: at('vote', [proposal, voter]) },
  ],
  [
    'cast_participant_vote',
    program.getCastParticipantVoteInstructionAsync({
      voter: signer,
      proposal,
      participant: voter,
      ...ballot,
    }),
    { record: at('vote', [proposal, voter]) },
  ],
  [
    'execute_proposal',
    program.getExecuteProposalInstructionAsync({ proposal }),
    { ...protocol, ...governance, ...fee_params },
  ],
  ['pause', program.getPauseInstructionAsync({ guardian: signer, validUntil: 0, duration: 0 }), protocol],
];

it.each(found)('finds the accounts of %s by itself', async (name, instruction, expected) => {
  const resolved = Object.entries(expected).map(async ([account, address]) => [account, await address]);
  expect(accountsOf(name, await instruction)).toMatchObject(Object.fromEntries(await Promise.all(resolved)));
});

it('names the lease that it opens, for whoever pays', async () => {
  const offer = {
    ...program.getOfferDecoder().decode(new Uint8Array(program.getOfferEncoder().fixedSize)),
    address: numbered(7),
  };
  const open = {
    ...request,
    renter: one,
    payer: numbered(2),
    offer,
    token: { mint, tokenProgram },
    hasParticipant: true,
  };
  const { lease, instructions } = await openLease(open as unknown as Parameters<typeof openLease>[0]);
  expect([lease, accountsOf('open_lease', instructions[0]!).lease]).toEqual([
    at('lease', [one], '1'),
    at('lease', [one], '1'),
  ]);
});

it('knows where the addresses of accounts are', () => {
  const fixtures = read<{ account: string; fields: { name: string; offset: number; size: number }[] }[]>(
    'tests/fixtures/accounts.json',
  );
  const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  const same = Object.entries(OFFSETS).map(([name, offset]) => {
    const [kind, field] = name.split('.') as [Kind, string];
    const fixture = fixtures.find(({ account }) => account.toLowerCase() === kind.toLowerCase())!;
    return [
      name,
      fixture.fields.some(
        (known) => known.name === snake(field) && known.size === 32 && BigInt(known.offset) === offset,
      ),
    ];
  });
  expect(same.filter(([, isSame]) => !isSame)).toEqual([]);
  expect(new Set(Object.keys(OFFSETS).map((name) => name.split('.')[0])).size).toBeGreaterThan(8);
});
