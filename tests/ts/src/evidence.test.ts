/** Records of what was delivered, computed a second time, from the document's tables. */

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { getAddressEncoder } from '@solana/kit';
import { isVerified, parseAttestation, parseAttestationText } from 'gpu-lease';
import { concat, toHex, utf8 } from './bytes.js';
import { evidenceFixture as fixture } from './fixtures.js';

const document = readFileSync(new URL('../../../docs/protocol/evidence.md', import.meta.url), 'utf8');

/** The table of causes: the number of each, and whether its seconds were delivered. */
const causes = new Map(
  [...document.matchAll(/^\| (\d+) \| (?:`(\w+)`)? ?\| (yes|no) \|/gm)].map(
    ([, number, name, delivered]) =>
      [name ?? null, { number: Number(number), counts: delivered === 'yes' }] as const,
  ),
);

const sha256 = (...parts: readonly Uint8Array[]) =>
  new Uint8Array(
    createHash('sha256')
      .update(concat(...parts))
      .digest(),
  );

/** A number of so many bytes, little-endian. */
function little(value: string | number, size: number): Uint8Array {
  let rest = BigInt(value);
  return Uint8Array.from({ length: size }, () => {
    const byte = Number(rest & 0xffn);
    rest >>= 8n;
    return byte;
  });
}

const { file } = fixture;

/** The head before the first row, and those after each. */
function heads(): string[] {
  let head = first();
  const rows = file.rows.map(({ from, to, gpus, cause, energy }) => {
    head = sha256(
      head,
      little(from, 8),
      little(to, 8),
      little(gpus, 4),
      little(causes.get(cause)!.number, 1),
      little(energy, 8),
    );
    return toHex(head);
  });
  return [toHex(first()), ...rows];
}

function first(): Uint8Array {
  return sha256(
    utf8('GPULEASE-RECORD1'),
    new Uint8Array(getAddressEncoder().encode(file.lease)),
    little(file.openedSlot, 8),
    little(file.start, 8),
  );
}

test('the document names every cause once', () => {
  assert.equal(causes.size, 11);
  assert.equal(new Set([...causes.values()].map(({ number }) => number)).size, 11);
});

test('heads follow from the rows', () => {
  assert.deepEqual(heads(), fixture.heads);
});

test('units and energy follow from the rows, and were signed with the head', async () => {
  const stated = file.rows.filter(({ to }) => BigInt(to) <= BigInt(fixture.window_end));
  const seconds = ({ from, to }: { from: string; to: string }) => BigInt(to) - BigInt(from);
  const counted = stated.filter(({ cause }) => causes.get(cause)!.counts);
  const units = counted.reduce((sum, row) => sum + seconds(row) * BigInt(row.gpus), 0n);
  const energy = stated.reduce((sum, row) => sum + BigInt(row.energy), 0n) / 3_600_000n;
  assert.equal(units.toString(), fixture.units);
  assert.equal(energy.toString(), fixture.energy_wh);
  const signed = parseAttestationText(file.statement);
  assert.ok(await isVerified(signed));
  const attestation = parseAttestation(Uint8Array.from(signed.message));
  assert.equal(attestation.lease, file.lease);
  assert.equal(attestation.openedSlot.toString(), file.openedSlot);
  assert.equal(attestation.windowEnd.toString(), fixture.window_end);
  assert.equal(attestation.gpuSeconds.toString(), fixture.units);
  assert.equal(attestation.energyWh.toString(), fixture.energy_wh);
  assert.equal(toHex(Uint8Array.from(attestation.evidence)), fixture.heads[stated.length]);
});

test('rows follow on each other and none crosses a minute', () => {
  let until = BigInt(file.start);
  for (const { from, to } of file.rows) {
    assert.equal(BigInt(from), until);
    until = BigInt(to);
    assert.equal(BigInt(from) / 60n, (until - 1n) / 60n);
  }
});
