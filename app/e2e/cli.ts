// What others do on the command line, where a test is about something else. GPUs that a test file lists itself are free,
// whatever other files have rented before.

import type { Address } from '@solana/kit';
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { inject } from 'vitest';
import { leaseAt, mintOf } from './chain';
import { gpuLease } from '../../sdk/e2e/market';

const { cluster, folder } = inject('market');

const keypairOf = (name: string) => join(folder, `${name.toLowerCase()}.json`);

/** What the command line answers to somebody of the local market. */
export async function run<Answer>(name: string, ...command: string[]): Promise<Answer> {
  const options = ['--url', cluster.rpcUrl, '--keypair', keypairOf(name), '--output', 'json'];
  const env = {
    ...process.env,
    GPU_LEASE_KEYS: join(folder, 'keys'),
    GPU_LEASE_PENDING: join(folder, 'pending'),
  };
  const { stdout } = await promisify(execFile)(gpuLease, [...command, ...options], { env });
  return JSON.parse(stdout) as Answer;
}

/** A file that nobody else uses. */
const newFile = () => join(folder, crypto.randomUUID());

/** A new file with this text, or these bytes. */
export async function fileOf(text: string | Uint8Array): Promise<string> {
  const file = newFile();
  await writeFile(file, text);
  return file;
}

/** GPUs that only the test file rents that has listed them. */
export type Gpus = {
  offer: Address;
  region: string;
  /** What finds them in the market, and nothing else. */ search: string;
};

const PRICE = '2.49';

/** As the provider, lists GPUs in a region of their own. */
export async function listGpus(): Promise<Gpus> {
  const region = `test-${crypto.randomUUID().slice(0, 8)}`;
  const gpus = ['--model', 'NVIDIA H100 SXM', '--memory-gib', '80', '--gpus', '64', '--region', region];
  const terms = [
    '--price',
    PRICE,
    '--mint',
    mintOf('tUSD'),
    '--challenge-window',
    '30m',
    '--heartbeat-timeout',
    '4d',
  ];
  const { offer } = await run<{ offer: Address }>('Provider', 'offer', 'create', ...gpus, ...terms);
  return { offer, region, search: `H100 SXM ${region}` };
}

type Order = { gpus?: number; hours?: number; payer?: string };

/** As the renter, opens a lease. */
export async function openLease(
  { offer }: Gpus,
  { gpus = 1, hours = 4, payer = 'Renter' }: Order = {},
): Promise<Address> {
  const limits = ['--mint', mintOf('tUSD'), '--max-price', PRICE, '--max-fee', '3%', '--yes'];
  const what = [
    '--gpus',
    String(gpus),
    '--duration',
    `${hours}h`,
    ...(payer === 'Renter' ? [] : ['--payer', keypairOf(payer)]),
  ];
  return (await run<{ lease: Address }>('Renter', 'lease', 'open', offer, ...what, ...limits)).lease;
}

/** As the provider or its operator, starts a lease. */
export const startLease = async (lease: Address, as = 'Provider') =>
  run(as, 'lease', 'start', lease, '--credentials', await fileOf('ssh renter@203.0.113.7'));

/** A lease that runs. */
export async function runLease(gpus: Gpus, order?: Order): Promise<Address> {
  const lease = await openLease(gpus, order);
  await startLease(lease);
  return lease;
}

/** As the attestor, reports that every GPU delivered every second until now; the units. */
export async function attest(lease: Address): Promise<bigint> {
  const signed = newFile();
  await run('Attestor', 'attest', 'sign', lease, '--full', '--out', signed);
  await run('Keeper', 'attest', 'submit', signed);
  return (await leaseAt(lease)).meter.latest.units;
}
