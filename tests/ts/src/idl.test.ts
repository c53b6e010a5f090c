import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sha256, sizeOf, utf8, type Type } from './bytes.js';
import { derivations, idl, type Idl } from './fixtures.js';
import { accounts, type Fields } from './layouts.js';

async function discriminator(name: string): Promise<number[]> {
  return [...(await sha256(utf8(name))).slice(0, 8)];
}

test('the IDL is of the same program', () => {
  assert.equal(idl.address, derivations.program);
});

test('discriminators are hashes of names', async () => {
  for (const { name, discriminator: given } of idl.instructions) {
    assert.deepEqual(given, await discriminator(`global:${name}`), name);
  }
  for (const { name, discriminator: given } of idl.accounts) {
    assert.deepEqual(given, await discriminator(`account:${name}`), name);
  }
  for (const { name, discriminator: given } of idl.events) {
    assert.deepEqual(given, await discriminator(`event:${name}`), name);
  }
});

test('the IDL has these accounts with these fields', () => {
  assert.deepEqual(idl.accounts.map(({ name }) => name).sort(), Object.keys(accounts).sort());
  for (const [name, fields] of Object.entries(accounts)) {
    assert.deepEqual(collapse(flatten(name), fields), fields, name);
  }
});

/** The same fields, those together that a layout takes for one field of bytes. */
function collapse(flat: [string, Type][], fields: Fields): [string, Type][] {
  const together = fields.filter(([, type]) => typeof type === 'number').map(([field]) => field);
  const merged = new Map<string, Type>();
  for (const [field, type] of flat) {
    const whole = together.find((whole) => field.startsWith(`${whole}.`));
    if (whole === undefined) merged.set(field, type);
    else merged.set(whole, sizeOf(merged.get(whole) ?? 0) + sizeOf(type));
  }
  return [...merged];
}

/** A type's fields in order, those of nested structs in their place. */
function flatten(name: string): [string, Type][] {
  return (definition(name).fields ?? []).flatMap(({ name: field, type }): [string, Type][] => {
    if (typeof type === 'string') return [[field, type === 'pubkey' ? 'address' : (type as Type)]];
    if ('defined' in type) return nested(field, type.defined.name);
    const [element, length] = type.array;
    if (typeof element === 'string') return [[field, length * sizeOf(element as Type)]];
    return Array.from({ length }, (_, index) => nested(`${field}.${index}`, element.defined.name)).flat();
  });
}

function nested(field: string, name: string): [string, Type][] {
  if (definition(name).kind === 'enum') return [[field, 'u8']];
  return flatten(name).map(([inner, type]) => [`${field}.${inner}`, type]);
}

function definition(name: string): Idl['types'][number]['type'] {
  const found = idl.types.find((type) => type.name === name);
  assert.ok(found, `the IDL defines ${name}`);
  return found.type;
}
