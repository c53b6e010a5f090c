import assert from "node:assert/strict";
import { test } from "node:test";
import { derive, domain, programData } from "./addresses.js";
import { fromHex, sha256, toHex } from "./bytes.js";
import { attestationFixture, batchFixture, derivations } from "./fixtures.js";

test("every address of the program is derived alike", async () => {
  assert.ok(derivations.addresses.length > 0);
  for (const { name, of, number, address, bump } of derivations.addresses) {
    const derived = await derive(derivations.program, name, of, number === undefined ? undefined : BigInt(number));
    assert.deepEqual([...derived], [address, bump], `${name} ${of?.join(" ") ?? ""} ${number ?? ""}`);
  }
});

test("every kind of address is covered", () => {
  const kinds = new Set(derivations.addresses.map(({ name }) => name));
  const market = ["fee_params", "fee_vault", "lease", "mint", "offer", "protocol", "provider", "vault"];
  const votes = ["governance", "lock", "participant", "proposal", "vote"];
  assert.deepEqual([...kinds].sort(), [...market, ...votes].sort());
});

test("the program's data account is derived alike", async () => {
  const [address] = await programData(derivations.program);
  assert.equal(address, derivations.program_data);
});

test("a cluster's domain is the hash of program and genesis hash", async () => {
  for (const fixture of [derivations, attestationFixture, batchFixture]) {
    assert.equal(toHex(await domain(fixture.program, fixture.genesis_hash)), fixture.domain);
  }
});

test("what a renter signs is the hash of the bytes of terms and listing", async () => {
  assert.equal(toHex(await sha256(fromHex(derivations.offer))), derivations.offer_hash);
});
