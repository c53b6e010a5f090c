import { expect, it } from 'vitest';
import type { SshAccess } from 'gpu-lease';
import { numbered } from 'gpu-lease/testing';
import { anySsh, oneCommand } from './login';

const lease = numbered(8);
const seed = new Uint8Array(32).fill(4);
const access: SshAccess = {
  kind: 'ssh',
  host: 'gpu-7.example.org',
  port: 2222,
  hostKey: new Uint8Array(32).fill(3),
  seed,
};
const { seed: _, ...withOwnKey } = access;

it('names in the command the files that it saves', async () => {
  const { command, key, knownHosts } = anySsh(access, lease);
  expect(command).toMatch(`chmod 600 ${key!.name} && ssh -i ${key!.name} `);
  expect(command).toContain(`UserKnownHostsFile=${knownHosts.name} `);
  expect(command.endsWith(`-p 2222 ${lease}@gpu-7.example.org`)).toBe(true);
  expect(knownHosts.text).toMatch(new RegExp(`^${lease} ssh-ed25519 \\S+\\n$`));
  expect(await key!.text()).toMatch(/^-----BEGIN OPENSSH PRIVATE KEY-----\n/);
});

it('has no secret in a command', async () => {
  const { command, key } = anySsh(access, lease);
  const secret = (await key!.text()).split('\n')[4]!;
  expect(secret.length).toBeGreaterThan(30);
  expect(`${command} ${oneCommand(access, lease)}`).not.toContain(secret);
});

it('asks who logs in with a key of their own for its file', () => {
  const { command, key } = anySsh(withOwnKey, lease);
  expect(key).toBeUndefined();
  expect(command).toMatch(/^ssh -i YOUR_KEY_FILE /);
  expect(command).not.toContain('IdentityAgent');
  expect(oneCommand(withOwnKey, lease)).toMatch(/ --identity YOUR_KEY_FILE$/);
  expect(oneCommand(access, lease)).toBe(`gpu-lease lease ssh ${lease} --access-key ${lease}.key`);
});
