import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  createKeyPairFromPrivateKeyBytes,
  getAddressFromPublicKey,
  getPublicKeyFromAddress,
  signBytes,
  verifySignature,
  type SignatureBytes,
} from '@solana/kit';
import {
  batchMessage,
  batchText,
  inOrder,
  leaseAddress,
  parseBatch,
  parseBatchText,
  precompileData,
  type Row,
} from 'gpu-lease';
import { addressBytes, fromHex, sha256, toHex } from './bytes.js';
import { batchFixture as fixture } from './fixtures.js';

const rows: readonly Row[] = fixture.leases.map(({ lease, opened_slot, gpu_seconds, energy_wh }) => ({
  lease,
  openedSlot: BigInt(opened_slot),
  gpuSeconds: BigInt(gpu_seconds),
  energyWh: BigInt(energy_wh),
}));

const message = await batchMessage({
  domain: fromHex(fixture.domain),
  windowEnd: BigInt(fixture.window_end),
  evidence: fromHex(fixture.evidence),
  rows,
});

const signatures = fixture.signatures.map(({ public_key, signature }) => ({
  signer: public_key,
  signature: fromHex(signature) as SignatureBytes,
}));

test("the leases' addresses follow from renters and nonces, and stand in their order", async () => {
  for (const { renter, nonce, lease } of fixture.leases) {
    assert.equal(await leaseAddress(renter, BigInt(nonce)), lease);
  }
  assert.deepEqual(inOrder([...rows].reverse()), rows);
});

test('the batch names its leases by the hash of their addresses', async () => {
  assert.equal(toHex(await sha256(...rows.map(({ lease }) => addressBytes(lease)))), fixture.leases_hash);
});

test('the batch has the same bytes', () => {
  assert.equal(toHex(message), fixture.message);
});

test("the batch's fields follow one another, and so do those of a row", () => {
  for (const [layout, size] of [
    [fixture.header_layout, 114],
    [fixture.row_layout, 24],
  ] as const) {
    let end = 0;
    for (const { field, offset, size } of layout) {
      assert.equal(offset, end, field);
      end += size;
    }
    assert.equal(end, size);
  }
  assert.equal(message.length, 114 + 24 * rows.length);
});

for (const { role, seed, public_key, signature } of fixture.signatures) {
  test(`the ${role}'s key makes the same signature of the batch`, async () => {
    const pair = await createKeyPairFromPrivateKeyBytes(fromHex(seed));
    assert.equal(await getAddressFromPublicKey(pair.publicKey), public_key);
    assert.equal(toHex(await signBytes(pair.privateKey, message)), signature);
  });

  test(`the ${role}'s signature is of this batch and of no other`, async () => {
    const key = await getPublicKeyFromAddress(public_key);
    const bytes = fromHex(signature) as SignatureBytes;
    assert.ok(await verifySignature(key, bytes, message));
    for (const index of message.keys()) {
      const other = message.with(index, (message[index] ?? 0) ^ 1);
      assert.ok(!(await verifySignature(key, bytes, other)), `byte ${index}`);
    }
  });
}

test("the batch's instruction and text have the same bytes with one, two and three signatures", () => {
  assert.equal(fixture.precompile.length, 3);
  fixture.precompile.forEach((expected, index) => {
    const signed = { message, signatures: signatures.slice(0, index + 1) };
    const leases = rows.map(({ lease }) => lease);
    assert.equal(toHex(precompileData(signed)), expected);
    assert.equal(batchText(leases, signed), fixture.text[index]);
    assert.deepEqual(parseBatchText(fixture.text[index]!), {
      leases,
      signed: { ...signed, message: Uint8Array.from(message) },
    });
  });
});

test('a batch is read back about its leases, and about no others', async () => {
  const leases = rows.map(({ lease }) => lease);
  const read = await parseBatch(message, leases);
  assert.deepEqual(read.rows, rows);
  assert.equal(read.windowEnd, BigInt(fixture.window_end));
  for (const others of [leases.slice(1), [...leases].reverse()])
    await assert.rejects(parseBatch(message, others));
  for (const other of [message.slice(0, -1), Uint8Array.from([...message, 0]), message.with(8, 1)])
    await assert.rejects(parseBatch(other, leases));
});
