import assert from "node:assert/strict";
import { test } from "node:test";
import {
  createKeyPairFromPrivateKeyBytes,
  getAddressFromPublicKey,
  getPublicKeyFromAddress,
  signBytes,
  verifySignature,
  type SignatureBytes,
} from "@solana/kit";
import { derive } from "./addresses.js";
import { encode, precompile, type Signature } from "./attestation.js";
import { fromHex, toHex } from "./bytes.js";
import { attestationFixture as fixture } from "./fixtures.js";

const message = encode({
  domain: fromHex(fixture.domain),
  lease: fixture.lease,
  openedSlot: BigInt(fixture.opened_slot),
  windowEnd: BigInt(fixture.window_end),
  gpuSeconds: BigInt(fixture.gpu_seconds),
  energyWh: BigInt(fixture.energy_wh),
  evidence: fromHex(fixture.evidence),
});

const signatures: readonly Signature[] = fixture.signatures.map(({ public_key, signature }) => ({
  publicKey: public_key,
  signature: fromHex(signature),
}));

test("the lease's address follows from renter and nonce", async () => {
  const [lease] = await derive(fixture.program, "lease", [fixture.renter], BigInt(fixture.nonce));
  assert.equal(lease, fixture.lease);
});

test("the message has the same bytes", () => {
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

test("the precompile instruction has the same bytes with one, two and three signatures", () => {
  assert.equal(fixture.precompile.length, 3);
  fixture.precompile.forEach((expected, index) => {
    assert.equal(toHex(precompile(message, signatures.slice(0, index + 1))), expected);
  });
});
