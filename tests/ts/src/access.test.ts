import assert from 'node:assert/strict';
import { test } from 'node:test';
import { credentialsOf, knownHosts, sshAlias, sshCommand, sshKeyFile, type SshAccess } from 'gpu-lease';
import { concat, fromHex, toHex, utf8 } from './bytes.js';
import { accessFixture as fixture } from './fixtures.js';

const golden: SshAccess = {
  kind: 'ssh',
  host: fixture.host,
  port: fixture.port,
  hostKey: fromHex(fixture.host_key),
  seed: fromHex(fixture.user_seed),
};

/** Golden credentials up to the host, and this host. */
const withHost = (host: string) => {
  const { offset } = fixture.layout.at(-1)!;
  return concat(fromHex(fixture.credentials).slice(0, offset), utf8(host));
};

test('golden access is read, with and without a user key', () => {
  const { seed: _, ...withoutSeed } = golden;
  assert.deepEqual(credentialsOf(fromHex(fixture.credentials)), golden);
  assert.deepEqual(credentialsOf(fromHex(fixture.credentials_without_user_key)), withoutSeed);
});

test('the fields of golden access follow one another and hold what they say', () => {
  const bytes = fromHex(fixture.credentials);
  let end = 0;
  const fields = fixture.layout.map(({ field, offset, size }) => {
    assert.equal(offset, end, field);
    end += size;
    return [field, toHex(bytes.slice(offset, end))] as const;
  });
  assert.equal(end, bytes.length);
  assert.deepEqual(Object.fromEntries(fields), {
    magic: 'ff',
    version: '01',
    flags: '01',
    port: 'ae08',
    host_key: fixture.host_key,
    user_seed: fixture.user_seed,
    host: toHex(utf8(fixture.host)),
  });
});

test('the same hosts are accepted and refused', () => {
  for (const host of fixture.hosts) assert.equal((credentialsOf(withHost(host)) as SshAccess).host, host);
  for (const host of fixture.not_hosts)
    assert.throws(() => credentialsOf(withHost(host)), /not an SSH access/, JSON.stringify(host));
});

for (const { why, credentials } of fixture.refused)
  test(`${why} is refused`, () => {
    assert.throws(() => credentialsOf(fromHex(credentials)), /not an SSH access|Use a newer version/);
  });

test('what does not begin so is text', () => {
  for (const text of ['ssh root@203.0.113.7', '', 'ÿ'])
    assert.deepEqual(credentialsOf(utf8(text)), { kind: 'text', text });
});

test("OpenSSH's files are those of Rust", async () => {
  assert.equal(await sshKeyFile(golden.seed!, fixture.lease), fixture.user_key_file);
  assert.equal(knownHosts(golden, fixture.lease), fixture.known_hosts);
  assert.equal(sshAlias(fixture.lease), fixture.alias);
});

test('the command to copy pins the host key and offers one key', () => {
  const command = sshCommand(golden, fixture.lease, { key: 'a.key', knownHosts: 'a.hosts' });
  for (const part of [
    '-i a.key',
    '-o IdentitiesOnly=yes',
    '-o UserKnownHostsFile=a.hosts',
    `-o HostKeyAlias=${fixture.lease}`,
    '-o StrictHostKeyChecking=yes',
    `-p 2222 ${fixture.lease}@gpu-7.example.org`,
  ])
    assert.ok(command.includes(part), part);
});
