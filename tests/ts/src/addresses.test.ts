import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Address } from '@solana/kit';
import {
  domainOf,
  feeParamsAddress,
  feeVaultAddress,
  governanceAddress,
  leaseAddress,
  lockAddress,
  mintPolicyAddress,
  offerAddress,
  participantAddress,
  proposalAddress,
  protocolAddress,
  providerAddress,
  sha256,
  vaultAddress,
  voteRecordAddress,
} from 'gpu-lease';
import { fromHex, programData, toHex } from './bytes.js';
import { attestationFixture, batchFixture, derivations } from './fixtures.js';

type Of = readonly [Address, Address];

/** How an address of each kind follows from others and from a number. */
const DERIVED: Readonly<Record<string, (of: Of, number: bigint) => Promise<Address>>> = {
  protocol: protocolAddress,
  fee_params: feeParamsAddress,
  governance: governanceAddress,
  mint: ([mint]) => mintPolicyAddress(mint),
  fee_vault: ([mint]) => feeVaultAddress(mint),
  provider: ([authority]) => providerAddress(authority),
  offer: ([provider], id) => offerAddress(provider, id),
  lease: ([renter], nonce) => leaseAddress(renter, nonce),
  vault: ([lease]) => vaultAddress(lease),
  participant: ([party]) => participantAddress(party),
  lock: ([owner]) => lockAddress(owner),
  proposal: (_, id) => proposalAddress(id),
  vote: ([proposal, by]) => voteRecordAddress(proposal, by),
};

test('every address of the program is derived alike', async () => {
  for (const { name, of, number, address } of derivations.addresses) {
    const derived = await DERIVED[name]!((of ?? []) as unknown as Of, BigInt(number ?? 0));
    assert.equal(derived, address, `${name} ${of?.join(' ') ?? ''} ${number ?? ''}`);
  }
});

test('every kind of address is covered', () => {
  const kinds = new Set(derivations.addresses.map(({ name }) => name));
  assert.deepEqual([...kinds].sort(), Object.keys(DERIVED).sort());
});

test("the program's data account is derived alike", async () => {
  const [address] = await programData(derivations.program);
  assert.equal(address, derivations.program_data);
});

test("a cluster's domain is the hash of program and genesis hash", async () => {
  for (const fixture of [derivations, attestationFixture, batchFixture]) {
    assert.equal(toHex(await domainOf(fixture.genesis_hash)), fixture.domain);
  }
});

test('what a renter signs is the hash of the bytes of terms and listing', async () => {
  assert.equal(toHex(await sha256(fromHex(derivations.offer))), derivations.offer_hash);
});
