// What several tests begin with.

import type { Address } from '@solana/kit';
import { expect } from 'vitest';
import type { Visitor } from './visitor';

type Order = { gpus?: number; hours?: number };

/** Finds GPUs in the market by words and opens a lease on them; the lease's address. */
export async function rent(
  visitor: Visitor,
  words: string,
  { gpus = 1, hours = 4 }: Order = {},
): Promise<Address> {
  await visitor.openAs('Renter', `/?q=${encodeURIComponent(words)}&gpus=${gpus}&hours=${hours}`);
  await visitor.page.getByRole('link', { name: 'Rent it' }).click();
  await visitor.heading(/^Rent /).waitFor();
  await visitor.button('Review and sign').click();
  await visitor.sign('Open the lease');
  await visitor.page.waitForURL(/#\/leases\//);
  return visitor.shown as Address;
}

/** As its provider, or as that one's operator, starts a lease. */
export async function start(
  visitor: Visitor,
  lease: string,
  credentials = 'ssh renter@203.0.113.7',
  as = 'Provider',
) {
  await visitor.openAs(as, '/provider');
  await visitor.rowOf(lease).getByRole('button', { name: 'Start' }).click();
  await visitor.field('Access credentials').fill(credentials);
  await visitor.dialog('Start the lease').getByRole('button', { name: 'Review and sign' }).click();
  await visitor.sign('Start the lease');
}

/** As the attestor, reports that every GPU delivered every second until now, or all but some. */
export async function reportUsage(visitor: Visitor, lease: string, missing = 0n): Promise<bigint> {
  await visitor.openAs('Provider', '/provider');
  await visitor.rowOf(lease).getByRole('button', { name: 'Report usage' }).click();
  const delivered = visitor.field('Delivered since the start');
  const units = BigInt(await delivered.inputValue()) - missing;
  await delivered.fill(units.toString());
  await visitor.button('Sign as the attestor').click();
  await visitor.button('Review and submit').click();
  await visitor.sign('Report usage');
  return units;
}

/** Closes the lease that the view shows; what the review said of who gets what. */
export async function close(visitor: Visitor): Promise<{ refund: bigint; fees: bigint }> {
  await visitor.act('Close the lease');
  const review = visitor.dialog('Close the lease');
  await review.getByText('What will change').waitFor();
  const said = await review.innerText();
  // A vault that is closed gives tokens; its lamports are rent.
  expect(said).toMatch(/Escrow of this lease\s+−[\d,.]+ tUSD/);
  expect(said).not.toMatch(/Escrow of this lease\s+\S+ SOL/);
  for (const part of [
    /accounts on chain give back [\d.]+ SOL/,
    /The network fee of 0\.0000\d+ SOL is included/,
  ])
    expect(said).toMatch(part);
  const [refund, fees] = [
    await visitor.amount('Back to the payer', review),
    await visitor.amount('Fees', review),
  ];
  await visitor.sign('Close the lease');
  return { refund, fees };
}
