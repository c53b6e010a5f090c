import { parseCreateAccountWithSeedInstruction } from '@solana-program/system';
import {
  AccountState,
  TOKEN_PROGRAM_ADDRESS,
  getTokenEncoder,
  parseInitializeAccount3Instruction,
} from '@solana-program/token';
import { createAddressWithSeed, getBase64Decoder, type Address } from '@solana/kit';
import { describe, expect, it } from 'vitest';
import { parseCloseLeaseInstruction } from './generated';
import { tokenAccount } from './addresses';
import type { Node } from './node';
import { cancelLease, closeLease } from './instruction';
import { receivable } from './receivable';
import { leaseContext, numbered } from './testing';
import { TOKEN_PROGRAMS } from './transaction';

const [renter, authority, closer, thief, other, fuller] = [1, 2, 3, 4, 5, 6].map(numbered) as [
  Address,
  Address,
  Address,
  Address,
  Address,
  Address,
];
const context = leaseContext({ renter, authority });
const { token } = context;
const TOKEN_2022_PROGRAM_ADDRESS = TOKEN_PROGRAMS[1] as Address;

type Options = {
  owner?: Address;
  mint?: Address;
  amount?: bigint;
  state?: AccountState;
  program?: Address;
  extra?: number[];
};

function account({
  owner = authority,
  mint = token.mint,
  amount = 0n,
  state = AccountState.Initialized,
  program = TOKEN_PROGRAM_ADDRESS,
  extra = [],
}: Options = {}) {
  const bytes = getTokenEncoder().encode({
    mint,
    owner,
    amount,
    delegate: null,
    state,
    isNative: null,
    delegatedAmount: 0n,
    closeAuthority: null,
  });
  return {
    owner: program,
    data: [getBase64Decoder().decode(Uint8Array.from([...bytes, ...extra])), 'base64'],
  };
}

/** A node on which these accounts are, and these of the wallets. */
const node = (accounts: Record<Address, unknown>, theirs: [Address, unknown][] | Error = []) => {
  const answer = (value: unknown) => ({ send: async () => ({ value }) });
  return {
    rpc: {
      getMultipleAccounts: (addresses: Address[]) =>
        answer(addresses.map((address) => accounts[address] ?? null)),
      getAccountInfo: (address: Address) => answer(accounts[address] ?? null),
      getTokenAccountsByOwner: () =>
        theirs instanceof Error
          ? { send: () => Promise.reject(theirs) }
          : answer(theirs.map(([pubkey, account]) => ({ pubkey, account }))),
      getMinimumBalanceForRentExemption: () => ({ send: async () => 2_039_280n }),
    },
  } as unknown as Node;
};

const payout = await tokenAccount(authority, token);
const close = await closeLease(context, closer);
/** Where the provider is paid by a close, on such a node, and what opens that account. */
async function paid(chain: Node) {
  const { opening, instructions } = await receivable(chain, closer, close);
  return {
    to: parseCloseLeaseInstruction(instructions.at(-1) as never).accounts.payoutToken.address,
    opening,
    ensures: instructions.length - 1,
  };
}

describe('a wallet is paid', () => {
  it('into its associated token account, which is created if it is missing', async () => {
    for (const found of [
      undefined,
      account(),
      { owner: '11111111111111111111111111111111', data: ['', 'base64'] },
    ])
      expect(await paid(node(found ? { [payout]: found } : {}))).toEqual({
        to: payout,
        opening: [],
        ensures: 2,
      });
  });

  it('into the fullest of its other accounts, if that one has another owner, is frozen or waits for a memo', async () => {
    const theirs: [Address, unknown][] = [
      [numbered(7), account({ amount: 9n, state: AccountState.Frozen })],
      [numbered(8), account({ amount: 9n, owner: thief })],
      [numbered(9), account({ amount: 9n, mint: thief })],
      [other, account({ amount: 1n })],
      [fuller, account({ amount: 5n })],
    ];
    for (const broken of [
      { owner: thief },
      { state: AccountState.Frozen },
      { mint: thief },
      { program: TOKEN_2022_PROGRAM_ADDRESS },
    ])
      expect(await paid(node({ [payout]: account(broken) }, theirs))).toEqual({
        to: fuller,
        opening: [],
        ensures: 1,
      });
    const of2022 = leaseContext({ renter, authority });
    of2022.token = { ...token, tokenProgram: TOKEN_2022_PROGRAM_ADDRESS };
    const refund = await tokenAccount(renter, of2022.token);
    const waiting = account({
      owner: renter,
      program: TOKEN_2022_PROGRAM_ADDRESS,
      extra: [2, 7, 0, 0, 0, 8, 0, 1, 0, 1],
    });
    const plain = account({
      owner: renter,
      program: TOKEN_2022_PROGRAM_ADDRESS,
      extra: [2, 7, 0, 0, 0, 8, 0, 1, 0, 0],
    });
    const cancel = await cancelLease(of2022, renter);
    expect(
      (await receivable(node({ [refund]: waiting }, [[other, plain]]), renter, cancel)).instructions,
    ).toHaveLength(1);
    expect((await receivable(node({ [refund]: plain }), renter, cancel)).instructions).toEqual(cancel);
  });

  it('into one that is opened for it, if it has no other; the next if that is taken', async () => {
    const broken = { [payout]: account({ owner: thief }) };
    for (const theirs of [[], new Error('excluded from the index')]) {
      const { to, opening } = await paid(node(broken, theirs as []));
      const [create, initialize] = opening;
      const { accounts, data } = parseCreateAccountWithSeedInstruction(create as never);
      expect([
        accounts.payer.address,
        accounts.newAccount.address,
        data.base,
        data.space,
        data.programAddress,
      ]).toEqual([closer, to, closer, 165n, TOKEN_PROGRAM_ADDRESS]);
      expect(
        await createAddressWithSeed({
          baseAddress: closer,
          programAddress: TOKEN_PROGRAM_ADDRESS,
          seed: data.seed,
        }),
      ).toBe(to);
      const initialized = parseInitializeAccount3Instruction(initialize as never);
      expect([
        initialized.accounts.account.address,
        initialized.accounts.mint.address,
        initialized.data.owner,
      ]).toEqual([to, token.mint, authority]);
      expect(await paid(node({ ...broken, [to]: account() }))).toMatchObject({ to, opening: [] });
      const next = await paid(node({ ...broken, [to]: account({ owner: thief }) }));
      expect([next.to === to, next.opening.length]).toEqual([false, 2]);
    }
  });

  it('as it was, in what makes sure of no account', async () =>
    expect(await receivable(node({}), closer, [close.at(-1)!])).toEqual({
      opening: [],
      instructions: [close.at(-1)],
    }));
});
