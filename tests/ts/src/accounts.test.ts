import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromHex, read, sha256, sizeOf, toHex, utf8 } from './bytes.js';
import { accountFixtures } from './fixtures.js';
import { accounts, place } from './layouts.js';

test('both implementations know the same accounts', () => {
  assert.deepEqual(accountFixtures.map(({ account }) => account).sort(), Object.keys(accounts).sort());
});

for (const fixture of accountFixtures) {
  const { places, size } = place(accounts[fixture.account] ?? []);
  const bytes = fromHex(fixture.bytes);

  test(`${fixture.account} has the same size and fields at the same offsets`, () => {
    assert.equal(bytes.length, size);
    assert.equal(fixture.size, size);
    assert.deepEqual(
      places.map(({ name, type, offset }) => ({ name, offset, size: sizeOf(type) })),
      fixture.fields.map(({ name, offset, size }) => ({ name, offset, size })),
    );
  });

  test(`${fixture.account} reads the same from its bytes`, () => {
    const values = places.map(({ name, type, offset }) => [name, read(bytes, offset, type)]);
    assert.deepEqual(
      values,
      fixture.fields.map(({ name, value }) => [name, value]),
    );
  });

  test(`${fixture.account} begins with the hash of its name`, async () => {
    const hash = await sha256(utf8(`account:${fixture.account}`));
    assert.equal(toHex(hash.slice(0, 8)), fixture.discriminator);
    assert.equal(toHex(bytes.slice(0, 8)), fixture.discriminator);
  });
}
