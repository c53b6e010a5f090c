/** The program on LiteSVM, called through Anchor's own client, which finds whatever accounts the IDL lets it find. */

import assert from 'node:assert/strict';
import anchor, { Program, web3 } from '@coral-xyz/anchor';
import {
  createPrivateKeyFromBytes,
  getProgramDerivedAddress,
  getTransactionDecoder,
  lamports,
  signBytes,
  type Address,
} from '@solana/kit';
import { FailedTransactionMetadata, LiteSVM } from 'litesvm';
import { ED25519_PROGRAM, precompileData } from 'gpu-lease';
import { addressBytes, concat, littleEndian, programData } from './bytes.js';
import { artifact, idl } from './fixtures.js';

export const TOKEN = 'TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA' as Address;
const ASSOCIATED_TOKEN = 'ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL' as Address;

/**
 * What nothing follows from, and who calls an instruction decides. Names of accounts, as the IDL has them.
 *
 * - `mint`: it is registered; or an offer names it in its terms, in a field of a field, where no relation reaches.
 * - `token_program`: the one that owns the mint, which no account's data says; where a mint's policy is there, it names it.
 */
export const FREE: Readonly<Record<string, string>> = {
  lease: 'which lease',
  offer: 'which offer',
  provider: 'whose usage it is; which provider is taken over',
  participant: "with which fees a wallet votes: its own or its provider's",
  lock: 'with which lock a wallet votes: its own or one that is delegated to it',
  proposal: 'which proposal',
  record: 'which vote',
  mint: 'which mint',
  token_program: 'the owner of the mint',
  bond_token: "where a bond comes from and goes back to: the bond account or the provider's wallet",
  bond_account: 'the bond account of which mint',
  destination: "where the bond account's tokens go",
};

export const key = (address: Address) => new web3.PublicKey(address);
export const addressOf = (of: web3.Keypair | web3.PublicKey) =>
  ('publicKey' in of ? of.publicKey : of).toBase58() as Address;
export const number = (value: bigint | number) => new anchor.BN(value.toString());

const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

export async function tokenAccount(owner: Address, mint: Address): Promise<Address> {
  const seeds = [owner, TOKEN, mint].map(addressBytes);
  return (await getProgramDerivedAddress({ programAddress: ASSOCIATED_TOKEN, seeds }))[0];
}

/** Who calls, what is given, and what goes with it. */
export interface Call {
  readonly by: web3.Keypair;
  /** Others who sign, by the names of their accounts. */
  readonly signers?: Readonly<Record<string, web3.Keypair>>;
  /** Accounts that nothing follows from. */
  readonly given?: Readonly<Record<string, Address>>;
  readonly before?: web3.TransactionInstruction;
  readonly behind?: readonly Address[];
}

export class Market {
  readonly svm = new LiteSVM();
  /** Instructions that were called. */
  readonly called = new Set<string>();
  private readonly connection = {
    getAccountInfo: async (address: web3.PublicKey) => {
      const account = this.svm.getAccount(addressOf(address));
      return account.exists ? { data: Buffer.from(account.data), owner: key(account.programAddress) } : null;
    },
  };

  /** A cluster with the program at `time`, unix seconds. */
  constructor(time: bigint) {
    this.svm.addProgramWithLoader(
      idl.address,
      artifact,
      'BPFLoader2111111111111111111111111111111111' as Address,
    );
    this.wait(time - this.now());
  }

  /** Lets `authority` upgrade the program. */
  async upgradeableBy(authority: Address): Promise<void> {
    const [address] = await programData(idl.address);
    const data = concat(littleEndian(3, 4), littleEndian(0, 8), littleEndian(1, 1), addressBytes(authority));
    this.set(address, 'BPFLoaderUpgradeab1e11111111111111111111111' as Address, data);
  }

  now(): bigint {
    return this.svm.getClock().unixTimestamp;
  }

  /** Lets time pass, in slots that are short enough for the program to count them. */
  wait(seconds: bigint): void {
    const clock = this.svm.getClock();
    clock.unixTimestamp += seconds;
    clock.slot += 3n * seconds + 1n;
    this.svm.setClock(clock);
  }

  /** A wallet with lamports. */
  wallet(): web3.Keypair {
    const wallet = web3.Keypair.generate();
    this.svm.airdrop(addressOf(wallet), lamports(100_000_000_000n));
    return wallet;
  }

  /** A new mint with six decimals. */
  mint(supply: bigint): Address {
    const address = addressOf(web3.Keypair.generate());
    const none = new Uint8Array(36);
    this.set(
      address,
      TOKEN,
      concat(none, littleEndian(supply, 8), littleEndian(6, 1), littleEndian(1, 1), none),
    );
    return address;
  }

  /** Gives `owner` an associated token account with `amount` of `mint`. */
  async give(owner: Address, mint: Address, amount: bigint): Promise<Address> {
    const address = await tokenAccount(owner, mint);
    const balance = concat(addressBytes(mint), addressBytes(owner), littleEndian(amount, 8));
    this.set(address, TOKEN, concat(balance, new Uint8Array(36), littleEndian(1, 1), new Uint8Array(56)));
    return address;
  }

  private set(address: Address, owner: Address, data: Uint8Array): void {
    const rent = lamports(this.svm.minimumBalanceForRentExemption(BigInt(data.length)));
    this.svm.setAccount({
      address,
      data,
      executable: false,
      lamports: rent,
      programAddress: owner,
      space: BigInt(data.length),
    });
  }

  /** The bytes of an account. */
  data(address: Address): Uint8Array {
    const account = this.svm.getAccount(address);
    assert.ok(account.exists, `${address} exists`);
    return Uint8Array.from(account.data);
  }

  /** An account of the program's, read by Anchor's client. */
  read(type: string, address: Address) {
    return this.program().coder.accounts.decode(type, Buffer.from(this.data(address)));
  }

  private program(wallet?: web3.PublicKey): Program {
    const provider = { connection: this.connection, publicKey: wallet };
    return new Program(idl as unknown as anchor.Idl, provider as unknown as anchor.Provider);
  }

  /** Calls an instruction, without any account that follows from others. Returns its accounts by their names. */
  async call(name: string, args: readonly unknown[], call: Call): Promise<Record<string, Address>> {
    const { by, signers = {}, given = {}, before, behind = [] } = call;
    for (const account of Object.keys(given))
      assert.ok(snake(account) in FREE, `${account} follows from others`);
    const names = Object.entries(signers).map(([account, wallet]) => [account, wallet.publicKey] as const);
    const accounts = Object.entries(given).map(([account, address]) => [account, key(address)] as const);
    const more = behind.map((address) => ({ pubkey: key(address), isSigner: false, isWritable: true }));
    const builder = this.program(by.publicKey).methods[name]!(...args)
      .accountsPartial(Object.fromEntries([...names, ...accounts]))
      .remainingAccounts(more);
    const found = (await builder.pubkeys()) as Record<string, web3.PublicKey>;
    const transaction = new web3.Transaction({
      feePayer: by.publicKey,
      recentBlockhash: this.svm.latestBlockhash(),
    });
    transaction.add(...(before ? [before] : []), await builder.instruction());
    const others = Object.values(signers).filter((wallet) => !wallet.publicKey.equals(by.publicKey));
    transaction.sign(by, ...new Map(others.map((wallet) => [addressOf(wallet), wallet])).values());
    const outcome = this.svm.sendTransaction(getTransactionDecoder().decode(transaction.serialize()));
    if (outcome instanceof FailedTransactionMetadata) {
      assert.fail(`${name}: ${outcome.err()}\n${outcome.meta().logs().join('\n')}`);
    }
    this.svm.expireBlockhash();
    this.called.add(snake(name));
    return Object.fromEntries(
      Object.entries(found).map(([account, address]) => [account, addressOf(address)]),
    );
  }
}

/** The Ed25519 instruction by which these wallets sign a message. */
export async function signed(
  message: Uint8Array,
  wallets: readonly web3.Keypair[],
): Promise<web3.TransactionInstruction> {
  const signatures = wallets.map(async (wallet) => {
    const secret = await createPrivateKeyFromBytes(wallet.secretKey.slice(0, 32));
    return { signer: addressOf(wallet), signature: await signBytes(secret, message) };
  });
  const data = Buffer.from(precompileData({ message, signatures: await Promise.all(signatures) }));
  return new web3.TransactionInstruction({ programId: key(ED25519_PROGRAM), keys: [], data });
}
