import { AccountRole, createNoopSigner, type Address, type Instruction } from '@solana/kit';
import {
  getSetComputeUnitLimitInstruction,
  getSetComputeUnitPriceInstruction,
} from '@solana-program/compute-budget';
import {
  getAdvanceNonceAccountInstruction,
  getAssignInstruction,
  getTransferSolInstruction,
} from '@solana-program/system';
import { TOKEN_PROGRAM_ADDRESS, getApproveInstruction } from '@solana-program/token';
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { leaseContext, numbered } from 'gpu-lease/testing';
import {
  castVote,
  closeLease,
  createOffer,
  createProposal,
  disputeLease,
  ED25519_PROGRAM,
  ensureTokenAccount,
  getProposalDecoder,
  getProposalEncoder,
  GPU_LEASE_PROGRAM_ADDRESS,
  NOBODY,
  openLease,
  payIntoBondAccount,
  topUp,
  type ActionArgs,
  type Listing,
  type Terms,
} from 'gpu-lease';
import { loadRules, program } from 'gpu-lease/rules';
import { actionOf, sentencesOf, type Said, type Sentence } from './sentencesOf';

beforeAll(loadRules);

type Idl = {
  instructions: {
    name: string;
    discriminator: number[];
    accounts: { name: string; signer?: boolean; writable?: boolean }[];
  }[];
};
const idl = JSON.parse(readFileSync(new URL('../../../idl/gpu_lease.json', import.meta.url), 'utf8')) as Idl;

/** A sentence as plain text, its values by their names. */
const plain = (sentence: Sentence): string =>
  sentence
    .map((part) =>
      typeof part === 'string'
        ? part
        : `<${Object.entries(part)
            .map(([name, value]) =>
              name === 'address'
                ? shortest(value as string)
                : `${name} ${typeof value === 'string' ? shortest(value) : value}`,
            )
            .join(', ')}>`,
    )
    .join('');
const shortest = (text: string) => names.get(text) ?? text.slice(0, 4);
const text = ({ title, more }: Said): string => [...(title ? [title] : []), ...more].map(plain).join(' ');

const [renter, sponsor, authority, mint, anyone] = [1, 2, 3, 4, 5].map(numbered) as [
  Address,
  Address,
  Address,
  Address,
  Address,
];
const names = new Map<string, string>([
  [renter, 'renter'],
  [sponsor, 'sponsor'],
  [authority, 'authority'],
  [mint, 'mint'],
  [anyone, 'anyone'],
]);
const context = leaseContext({ renter, payer: sponsor, authority, mint });
names.set(context.lease.vault, 'vault');

const terms: Terms = {
  price: 2_490_000n,
  minDuration: 5_400,
  maxDuration: 86_400,
  notice: 3_600,
  challengeWindow: 1_200,
  heartbeatTimeout: 1_800,
  slaPenaltyBps: 12_500,
  slaUptimeBps: 9_990,
  bondHours: 2,
  spare: new Uint8Array(4),
  verifier: NOBODY,
  mint,
};
const bytes = (of: string, length: number) => Uint8Array.from({ ...new TextEncoder().encode(of), length });
const listing: Listing = {
  gpuModel: bytes('H100', 32),
  region: bytes('eu-north-1', 16),
  memoryGib: 80,
  carbonIntensity: 28,
  descriptionHash: new Uint8Array(32),
  descriptionUri: new Uint8Array(136),
};
const offer = { address: numbered(106), terms, listing } as never;

it.each(idl.instructions.map(({ name, ...instruction }) => ({ name, ...instruction })))(
  'has a sentence for $name of the program',
  ({ discriminator, accounts }) => {
    const call: Instruction = {
      programAddress: GPU_LEASE_PROGRAM_ADDRESS,
      accounts: accounts.map(({ writable }, i) => ({
        address: numbered(i + 1),
        role: writable ? AccountRole.WRITABLE : AccountRole.READONLY,
      })),
      data: Uint8Array.from({ ...discriminator, length: 1_000 }, (byte) => byte ?? 0),
    };
    const [said] = sentencesOf([call]);
    expect(said?.isUnknown).toBeUndefined();
    expect(text(said!)).toMatch(/^[A-Z].{30,}\.$/);
    // Cut short, or without its accounts, it can say anything: then nothing is said for it.
    expect(sentencesOf([{ ...call, accounts: [] }])[0]?.isUnknown).toBe(true);
  },
);

it('knows every instruction that the interface has', () => expect(idl.instructions.length).toBe(44));

describe('what is signed is said with its money', () => {
  it('an opened lease: the deposit in its own mint, the highest fee, the arbiter, what the offer lists', async () => {
    const { instructions } = await openLease({
      renter,
      payer: sponsor,
      offer,
      token: { mint, tokenProgram: TOKEN_PROGRAM_ADDRESS },
      hasParticipant: true,
      nonce: 1n,
      gpus: 2,
      duration: 14_400,
      deposit: 19_920_000n,
      startDeadline: 1_000n,
      maxFeeBps: 125,
      arbiter: anyone,
      accessKey: new Uint8Array(32),
    });
    const said = text(sentencesOf(instructions)[0]!);
    expect(said).toMatch(
      /^Opens a lease of 2 GPUs for <seconds 14400>\. <offer .*, content .*> <sponsor> deposits <amount 19920000, mint mint> for <renter>/,
    );
    expect(said).toContain('The fee is 1.25% at most.');
    expect(said).toContain('disputes are decided by <anyone>');
    expect(said).not.toContain('in the renter’s place');
  });

  it('a listed offer: its price, lengths and promises', async () => {
    const said = text(
      sentencesOf([
        await createOffer({ address: numbered(103), authority } as never, 0n, { gpus: 8, terms, listing }),
      ])[0]!,
    );
    expect(said).toMatch(/^Lists 8 GPUs at <amount 2490000, mint mint> per GPU-hour\./);
    for (const part of [
      '80 GiB',
      '<seconds 5400> to <seconds 86400>',
      '99.9% of the time',
      '125% of its price',
      '2 hours of the price',
      '28 gCO2e/kWh',
    ])
      expect(said).toContain(part);
  });

  it('a proposal: what it changes, and the deposit in SOL', async () => {
    const propose = async (action: ActionArgs) =>
      text(
        sentencesOf([
          await createProposal({
            proposer: anyone,
            id: 1n,
            voteMint: mint,
            unitMint: mint,
            action,
            deposit: 100_000_000n,
          }),
        ])[0]!,
      );
    expect(await propose({ __kind: 'SetFee', feeBps: 125 })).toMatch(
      /^Proposes: a fee of 1\.25% for new leases\. <anyone> leaves a deposit of <lamports 100000000> at most/,
    );
    expect(await propose({ __kind: 'WithdrawFees', mint, amount: 5n })).toContain(
      '<amount 5, mint mint> of collected fees go to the treasury',
    );
    expect(await propose({ __kind: 'WithdrawFees', mint, amount: (1n << 64n) - 1n })).toContain(
      'all fees collected in the mint <mint>',
    );
    expect(await propose({ __kind: 'SetArbiter', arbiter: renter })).toContain(
      '<renter> decides disputes of new leases',
    );
  });

  it('a vote: for or against what, and its weight', async () => {
    const proposal = {
      address: numbered(108),
      action: {
        address: NOBODY,
        amount: 0n,
        rules: rulesOf(),
        feeBps: 125,
        kind: 0,
        spare: new Uint8Array(5),
      },
    } as never;
    for (const isFor of [true, false]) {
      const said = text(sentencesOf([await castVote(anyone, anyone, proposal, isFor)])[0]!);
      expect(said).toMatch(
        new RegExp(
          `^Votes ${isFor ? 'for' : 'against'} a proposal: <proposal .*, actionHash .*>\\. The vote weighs <voter .*, kind lock, of .*, record .*>`,
        ),
      );
    }
  });

  it('money of a lease: in the mint of its vault', async () => {
    expect(text(sentencesOf([await topUp(context, anyone, 1_250_000n)])[0]!)).toMatch(
      /^Adds <amount 1250000, account vault> to the deposit of a lease\. <anyone> pays it/,
    );
    Object.assign(context.lease, { ledger: { bond: 7n } });
    expect(text(sentencesOf([await disputeLease(context, renter, 3_600n)])[0]!)).toContain(
      '<renter> sets aside <amount 7, account vault> at most for the arbiter.',
    );
    const agreed = sentencesOf(
      await closeLease(context, anyone, { units: 3_600n, credit: 9n, key: authority }),
    ).map(text);
    expect(agreed.at(-1)).toMatch(
      /^Closes the lease at once, .* <units 3600> of lease .* are paid for in total, and <amount 9, account vault> of the bond/,
    );
    expect(agreed[0]).toMatch(
      /^Makes sure that <authority> has a token account for the mint <mint>\. <anyone> pays its rent/,
    );
  });

  it('transfers of tokens and of SOL, and what is offered for execution', async () => {
    const [, paid] = sentencesOf(
      await payIntoBondAccount(
        anyone,
        renter,
        { mint, tokenProgram: TOKEN_PROGRAM_ADDRESS, decimals: 9 },
        5n,
      ),
    );
    expect(text(paid!)).toMatch(/^Transfers <amount 5, mint mint>\..*<anyone> signs\.$/);
    const others = sentencesOf([
      getTransferSolInstruction({ source: createNoopSigner(renter), destination: sponsor, amount: 5n }),
      getSetComputeUnitLimitInstruction({ units: 70_000 }),
      getSetComputeUnitPriceInstruction({ microLamports: 1_000n }),
      getAdvanceNonceAccountInstruction({ nonceAccount: anyone, nonceAuthority: createNoopSigner(renter) }),
      { programAddress: ED25519_PROGRAM, accounts: [], data: new Uint8Array(16) },
      await ensureTokenAccount(anyone, renter, { mint, tokenProgram: TOKEN_PROGRAM_ADDRESS }),
    ]);
    expect(text(others[0]!)).toBe('Transfers <lamports 5>. <renter> pays it to <sponsor>.');
    expect(text(others[1]!)).toBe('Uses 70,000 compute units at most.');
    expect(others.some(({ isUnknown }) => isUnknown)).toBe(false);
  });
});

describe('what the page cannot read', () => {
  const strange = (call: Instruction) => sentencesOf([call])[0]!;

  it('is shown as such, with the program and what it may change', () => {
    const said = strange({
      programAddress: anyone,
      accounts: [
        { address: renter, role: AccountRole.WRITABLE_SIGNER },
        { address: sponsor, role: AccountRole.READONLY },
        { address: mint, role: AccountRole.WRITABLE },
      ],
    });
    expect(said.isUnknown).toBe(true);
    expect(text(said)).toBe(
      'Does something that this page cannot read. It calls the program <anyone>. Sign it only if you know what that does. It may change <renter>, <mint>.',
    );
    expect(text(strange({ programAddress: anyone }))).toContain('It cannot change any account.');
  });

  it('is never told as something else: other instructions of programs that are known, and what is cut short', async () => {
    const [cut] = [await topUp(context, anyone, 5n)];
    for (const call of [
      getAssignInstruction({ account: createNoopSigner(renter), programAddress: anyone }),
      getApproveInstruction({
        source: renter,
        delegate: anyone,
        owner: createNoopSigner(renter),
        amount: 5n,
      }),
      { ...cut, data: cut.data.slice(0, 20) },
      { ...cut, data: new Uint8Array(8) },
      { ...cut, accounts: cut.accounts.slice(0, 2) },
    ])
      expect(strange(call).isUnknown).toBe(true);
  });
});

const rulesOf = () => ({
  deposit: 1n,
  votingPeriod: 86_400,
  extension: 2,
  timelock: 3,
  executionWindow: 4,
  quorumBps: 5,
  spare: new Uint8Array(6),
});

it('reads a proposal’s action as the program does', () => {
  const blank = getProposalDecoder().decode(new Uint8Array(getProposalEncoder().fixedSize));
  const tally = { votesFor: 0n, votesAgainst: 0n, electorate: 1n, quorum: 1n };
  for (let kind = 0; kind < 6; kind++) {
    const action = {
      address: anyone,
      amount: 9n,
      rules: rulesOf(),
      feeBps: 125,
      kind,
      spare: new Uint8Array(5),
    };
    const proposal = getProposalEncoder().encode({
      ...blank,
      version: 1,
      timelock: 1,
      executionWindow: 1,
      feeBps: 100,
      tokens: tally,
      participants: tally,
      action,
    });
    const told = program().proposalOutlook(proposal, 100, 0n, 100n).action;
    expect(told.action.replaceAll('_', '')).toBe(actionOf(action).__kind.toLowerCase());
  }
  expect(() =>
    actionOf({ address: anyone, amount: 0n, rules: rulesOf(), feeBps: 0, kind: 6, spare: new Uint8Array(5) }),
  ).toThrow('does not know');
});
