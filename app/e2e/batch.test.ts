import {
  AccountRole,
  createKeyPairFromBytes,
  getAddressEncoder,
  getI64Encoder,
  getU64Encoder,
  signBytes,
  type Address,
  type Instruction,
} from '@solana/kit';
import { expect, test } from 'vitest';
import { ED25519_PROGRAM, getAttestBatchInstruction, sha256 } from 'gpu-lease';
import { addressOf, clock, leaseAt, moveClock, secretOf, send } from './chain';
import { listGpus, runLease } from './cli';
import { SCREENSHOTS } from './screenshots';
import { visit } from './visitor';

/** A batch that the attestor signs of two leases of a provider, as its meter would. */
async function batchOf(
  provider: Address,
  windowEnd: bigint,
  rows: Map<Address, bigint>,
): Promise<Instruction[]> {
  const bytesOf = (address: Address) => Uint8Array.from(getAddressEncoder().encode(address));
  const leases = [...rows.keys()].sort((a, b) => Buffer.compare(bytesOf(a), bytesOf(b)));
  const accounts = await Promise.all(leases.map(leaseAt));
  const header = [
    new TextEncoder().encode('GPULEASE'),
    [2],
    accounts[0]!.domain,
    getI64Encoder().encode(windowEnd),
    new Uint8Array(32),
    [leases.length],
    await sha256(Buffer.concat(leases.map(bytesOf))),
  ];
  const body = leases.flatMap((lease, i) =>
    [accounts[i]!.openedSlot, rows.get(lease)!, 0n].map((figure) => getU64Encoder().encode(figure)),
  );
  const message = Buffer.concat([...header, ...body].map((part) => Uint8Array.from(part)));
  const signature = await signBytes((await createKeyPairFromBytes(secretOf('Attestor'))).privateKey, message);
  const [key, first, all] = [16, 48, 112].map((offset) => [offset & 255, offset >> 8]) as [
    number[],
    number[],
    number[],
  ];
  const offsets = [
    first,
    [255, 255],
    key,
    [255, 255],
    all,
    [message.length & 255, message.length >> 8],
    [255, 255],
  ].flat();
  const data = Buffer.concat([
    Uint8Array.from([1, 0, ...offsets]),
    bytesOf(addressOf('Attestor')),
    signature,
    message,
  ]);
  const batch = getAttestBatchInstruction({ provider });
  return [
    { programAddress: ED25519_PROGRAM, accounts: [], data },
    {
      ...batch,
      accounts: [...batch.accounts, ...leases.map((address) => ({ address, role: AccountRole.WRITABLE }))],
    },
  ];
}

test('usage that was reported of two leases at once shows in each, and what one refused does not count', async () => {
  const visitor = await visit();
  const gpus = await listGpus();
  const [first, second] = [await runLease(gpus), await runLease(gpus)];
  await moveClock(3_600n);
  const windowEnd = (await clock()) - 60n;
  const { provider } = await leaseAt(first);
  // The second claims more than its GPU can have delivered.
  await send(
    'Operator',
    await batchOf(
      provider,
      windowEnd,
      new Map([
        [first, 3_000n],
        [second, 1_000_000n],
      ]),
    ),
  );
  expect([(await leaseAt(first)).meter.latest.units, (await leaseAt(second)).meter.latest.units]).toEqual([
    3_000n,
    0n,
  ]);

  const row = () => visitor.page.getByRole('row', { name: /^Usage reported/ });
  await visitor.openAs('Renter', `/leases/${first}`);
  await row().filter({ hasText: '0.83 GPU-h since the start' }).waitFor();
  expect([
    await row().filter({ hasText: 'refused' }).count(),
    await visitor.page.getByText('Nothing reported yet').count(),
  ]).toEqual([0, 0]);
  await visitor.page.screenshot({ path: `${SCREENSHOTS}/lease of a batch.png`, fullPage: true });
  await visitor.open(`/leases/${second}`);
  await row().filter({ hasText: '277.77 GPU-h since the start, refused' }).waitFor();
  await visitor.page.getByText('Nothing reported yet').waitFor();
});
