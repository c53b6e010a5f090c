import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { fileOf, listGpus, run } from './cli';
import { rent } from './flows';
import { SCREENSHOTS } from './screenshots';
import { visit } from './visitor';

/** Golden access by SSH, of tests/fixtures/access.json. */
type Golden = { credentials: string; user_public_line: string };

test('where a machine takes SSH, its renter copies a command, or saves a key that OpenSSH reads', async () => {
  const golden = JSON.parse(await readFile('../tests/fixtures/access.json', 'utf8')) as Golden;
  const visitor = await visit();
  const lease = await rent(visitor, (await listGpus()).search);
  const credentials = await fileOf(Buffer.from(golden.credentials, 'hex'));
  await run('Provider', 'lease', 'start', lease, '--credentials', credentials);

  await visitor.openAs('Renter', `/leases/${lease}`);
  await visitor.button('Show the credentials').click();
  await visitor.page.getByText('gpu-7.example.org', { exact: true }).waitFor();
  await visitor.page.getByRole('button', { name: 'Copy command', exact: true }).waitFor();
  await visitor.page.screenshot({ path: `${SCREENSHOTS}/access by SSH.png`, fullPage: true });

  const folder = await mkdtemp(join(tmpdir(), 'gpu-lease-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const save = async (button: string) => {
    const saving = visitor.page.waitForEvent('download');
    await visitor.button(button).click();
    const download = await saving;
    const file = join(folder, download.suggestedFilename());
    await download.saveAs(file);
    return file;
  };
  const key = await save('Save the SSH key');
  await chmod(key, 0o600);
  const { stdout } = await promisify(execFile)('ssh-keygen', ['-y', '-f', key]);
  expect(stdout.trim()).toBe(`${golden.user_public_line} ${lease}`);
  expect(await readFile(await save('Save the known host'), 'utf8')).toMatch(`${lease} ssh-ed25519 `);

  // The command that is shown first is one that the command line takes.
  const shown = await visitor.page.getByText(/^gpu-lease lease ssh /).innerText();
  const [, ...words] = shown.split(' ');
  const accessKey = await save('Save the access key');
  const { command } = await run<{ command: string[] }>(
    'Renter',
    ...words.map((word) => (word === `${lease}.key` ? accessKey : word)),
    ...['--print', '--folder', join(folder, 'ssh')],
  );
  expect(command.slice(0, 2)).toEqual(['ssh', '-F']);
});
