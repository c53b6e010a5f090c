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
  attestationMessage,
  attestationText,
  isVerified,
  leaseAddress,
  parseAttestation,
  parseAttestationText,
  parsePrecompileData,
  precompileData,
  type Attestation,
} from 'gpu-lease';
import { fromHex, toHex } from './bytes.js';
import { attestationFixture as fixture } from './fixtures.js';

const attestation: Attestation = {
  domain: fromHex(fixture.domain),
  lease: fixture.lease,
  openedSlot: BigInt(fixture.opened_slot),
  windowEnd: BigInt(fixture.window_end),
  gpuSeconds: BigInt(fixture.gpu_seconds),
  energyWh: BigInt(fixture.energy_wh),
  evidence: fromHex(fixture.evidence),
};
const message = attestationMessage(attestation);

const signatures = fixture.signatures.map(({ public_key, signature }) => ({
  signer: public_key,
  signature: fromHex(signature) as SignatureBytes,
}));

test("the lease's address follows from renter and nonce", async () => {
  assert.equal(await leaseAddress(fixture.renter, BigInt(fixture.nonce)), fixture.lease);
});

test('the message has the same bytes', () => {
  assert.equal(toHex(message), fixture.message);
});

for (const { role, seed, public_key, signature } of fixture.signatures) {
  test(`the ${role}'s key makes the same signature`, async () => {
    const pair = await createKeyPairFromPrivateKeyBytes(fromHex(seed));
    assert.equal(await getAddressFromPublicKey(pair.publicKey), public_key);
    assert.equal(toHex(await signBytes(pair.privateKey, message)), signature);
  });

  test(`the ${role}'s signature is of this message and of no other`, async () => {
    const key = await getPublicKeyFromAddress(public_key);
    const bytes = fromHex(signature) as SignatureBytes;
    assert.ok(await verifySignature(key, bytes, message));
    for (const index of message.keys()) {
      const other = message.with(index, (message[index] ?? 0) ^ 1);
      assert.ok(!(await verifySignature(key, bytes, other)), `byte ${index}`);
    }
  });
}

test('the precompile instruction has the same bytes with one, two and three signatures', () => {
  assert.equal(fixture.precompile.length, 3);
  fixture.precompile.forEach((expected, index) => {
    assert.equal(toHex(precompileData({ message, signatures: signatures.slice(0, index + 1) })), expected);
  });
});

test('a message is read back, and nothing else is', () => {
  const { domain, evidence, ...rest } = parseAttestation(message);
  assert.deepEqual(
    { ...rest, domain: toHex(Uint8Array.from(domain)), evidence: toHex(Uint8Array.from(evidence)) },
    { ...attestation, domain: fixture.domain, evidence: fixture.evidence },
  );
  for (const other of [
    message.slice(1),
    message.slice(0, -1),
    Uint8Array.from([...message, 0]),
    message.with(8, 2),
  ])
    assert.throws(() => parseAttestation(other));
});

test('a signed attestation is read back from its instruction and its text, and each signature is verified', async () => {
  for (const data of fixture.precompile) {
    const signed = parsePrecompileData(fromHex(data));
    assert.deepEqual(
      signed.signatures.map(({ signer }) => signer),
      signatures.slice(0, signed.signatures.length).map(({ signer }) => signer),
    );
    assert.equal(toHex(Uint8Array.from(signed.message)), fixture.message);
    assert.deepEqual(parseAttestationText(attestationText(signed)), signed);
    assert.ok(await isVerified(signed));
    for (const index of signed.signatures.keys()) {
      const swapped = signed.signatures.map((each, at) =>
        at === index ? { ...each, signer: fixture.lease } : each,
      );
      assert.ok(!(await isVerified({ ...signed, signatures: swapped })));
    }
  }
  assert.ok(!(await isVerified({ message, signatures: [] })));
});

test('an instruction of any other layout is refused', () => {
  const data = fromHex(fixture.precompile[1]!);
  const head = 2 + 14 * 2;
  for (let index = 0; index < head; index += 1)
    assert.throws(() => parsePrecompileData(data.with(index, (data[index] ?? 0) ^ 1)), `byte ${index}`);
  for (const length of [0, 1, 2, head, head + 96 * 2])
    assert.throws(() => parsePrecompileData(data.slice(0, length)), `${length} bytes`);
});
