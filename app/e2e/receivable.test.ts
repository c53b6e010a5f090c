// Token accounts that cannot be paid, and access keys that a wallet does not make.

import { createNoopSigner } from '@solana/kit';
import {
  AuthorityType,
  fetchAllMaybeToken,
  findAssociatedTokenPda,
  getSetAuthorityInstruction,
  getTransferInstruction,
  TOKEN_PROGRAM_ADDRESS,
} from '@solana-program/token';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, inject, onTestFinished, test } from 'vitest';
import { addressOf, leaseAt, mintOf, rpc, send } from './chain';
import { listGpus, openLease } from './cli';
import { start } from './flows';
import { visit } from './visitor';

const { cluster } = inject('market');

test('a renter whose token account has another owner gets its money back into another', async () => {
  const [renter, sponsor, mint] = [addressOf('Renter'), addressOf('Sponsor'), mintOf('tUSD')];
  const [ata] = await findAssociatedTokenPda({ owner: renter, mint, tokenProgram: TOKEN_PROGRAM_ADDRESS });
  const give = (from: string, to: typeof renter) =>
    send(from, [
      getSetAuthorityInstruction({
        owned: ata,
        owner: createNoopSigner(addressOf(from)),
        authorityType: AuthorityType.AccountOwner,
        newAuthority: to,
      }),
    ]);
  const visitor = await visit();
  const lease = await openLease(await listGpus());
  const { deposited } = (await leaseAt(lease)).ledger;
  await give('Renter', sponsor);
  try {
    await visitor.openAs('Renter', `/leases/${lease}`);
    await visitor.act('Cancel, all of it comes back');
    await visitor.sign('Cancel the lease');
    const { value } = await rpc
      .getTokenAccountsByOwner(renter, { mint }, { encoding: 'base64', commitment: 'confirmed' })
      .send();
    const found = await fetchAllMaybeToken(
      rpc,
      value.map(({ pubkey }) => pubkey),
      { commitment: 'confirmed' },
    );
    expect(found.map((account) => account.exists && account.data.amount)).toEqual([deposited]);
    await send('Renter', [
      getTransferInstruction({
        source: value[0]!.pubkey,
        destination: ata,
        authority: createNoopSigner(renter),
        amount: deposited,
      }),
    ]);
  } finally {
    await give('Sponsor', renter);
  }
});

test('a random access key is kept by the browser, and its file opens the credentials in another', async () => {
  const visitor = await visit();
  await visitor.openAs('Renter', `/?q=${(await listGpus()).search}&gpus=1&hours=4`);
  await visitor.page.getByRole('link', { name: 'Rent it' }).click();
  await visitor.field('Access key').selectOption('random, kept by this browser');
  const saving = visitor.page.waitForEvent('download');
  await visitor.button('Save the access key').click();
  const folder = await mkdtemp(join(tmpdir(), 'gpu-lease-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'access.key');
  await (await saving).saveAs(file);
  expect(await readFile(file, 'utf8')).toMatch(/\ngpu-lease-access-secret:[0-9a-f]{64}\n$/);
  await visitor.button('Review and sign').click();
  await visitor.sign('Open the lease');
  await visitor.page.waitForURL(/#\/leases\//);
  const lease = visitor.shown;
  await start(visitor, lease, 'ssh renter@203.0.113.8');
  await visitor.openAs('Renter', `/leases/${lease}`);
  await visitor.button('Show the credentials').click();
  await visitor.page.getByText('ssh renter@203.0.113.8').waitFor();

  const elsewhere = await visit({
    cluster: { developmentWallet: (cluster.developmentWallet ?? []).filter(({ name }) => name === 'Renter') },
  });
  await elsewhere.openAs('Renter', `/leases/${lease}`);
  await elsewhere.button('Show the credentials').click();
  await elsewhere.page
    .getByText('The credentials are encrypted to a key that this wallet does not make')
    .waitFor();
  await elsewhere.field('Or open them with an access key file').setInputFiles(file);
  await elsewhere.page.getByText('ssh renter@203.0.113.8').waitFor();
});
