// What a provider hands to the renter of a lease: text for people, or access by SSH for programs. The layout is that of
// docs/protocol/access.md; the files are those of crates/client, byte by byte.

import {
  getPublicKeyFromPrivateKey,
  createPrivateKeyFromBytes,
  type Address,
  type ReadonlyUint8Array,
} from '@solana/kit';

/** How to log in to a machine, as the user named by the lease's address. */
export type SshAccess = {
  kind: 'ssh';
  /** An IP address, or a name in DNS. */
  host: string;
  port: number;
  /** The machine's Ed25519 public key: no other machine is meant. */
  hostKey: Uint8Array;
  /** Seed of the renter's one-time Ed25519 key. Without it, the renter logs in with a key of its own. */
  seed?: Uint8Array;
};

export type Credentials = SshAccess | { kind: 'text'; text: string };

/** The first byte of access by SSH, with which no text in UTF-8 begins. */
const MAGIC = 0xff;
const VERSION = 1;
const HAS_SEED = 1;
const KEY_SIZE = 32;

/**
 * Reads credentials. What begins as access by SSH and is not exactly that is an error and not text; what is not UTF-8 in a
 * text is replaced.
 */
export function credentialsOf(bytes: ReadonlyUint8Array): Credentials {
  if (bytes[0] !== MAGIC)
    return { kind: 'text', text: new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes as Uint8Array) };
  const [, version = 0, flags = 0] = bytes;
  if (version > VERSION)
    throw new Error(`The credentials have version ${version}, which is not known here. Use a newer version.`);
  const hostAt = 5 + KEY_SIZE + (flags === HAS_SEED ? KEY_SIZE : 0);
  const host = String.fromCharCode(...bytes.slice(hostAt));
  const port = (bytes[3] ?? 0) + 256 * (bytes[4] ?? 0);
  if (version !== VERSION || flags > HAS_SEED || port === 0 || !isHost(host))
    throw new Error('The credentials are not an SSH access. The provider can publish them again.');
  const hostKey = Uint8Array.from(bytes.slice(5, 5 + KEY_SIZE));
  const access: SshAccess = { kind: 'ssh', host, port, hostKey };
  return flags === HAS_SEED
    ? { ...access, seed: Uint8Array.from(bytes.slice(5 + KEY_SIZE, hostAt)) }
    : access;
}

/** Whether that is an IP address in its usual form, or a name in small letters: nothing that `ssh` takes for an option. */
function isHost(host: string): boolean {
  if (/^[0-9a-f:]+$/.test(host) && host.includes(':')) return isCanonicalV6(host);
  if (/^\d+(\.\d+){3}$/.test(host))
    return host.split('.').every((part) => Number(part) < 256 && String(Number(part)) === part);
  const label = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;
  const labels = host.split('.');
  return (
    host.length <= 253 &&
    labels.every((text) => text.length <= 63 && label.test(text)) &&
    /^[a-z]/.test(labels.at(-1)!)
  );
}

function isCanonicalV6(host: string): boolean {
  // Others write an address that stands for one of version 4 in another form.
  if (/^::ffff:[0-9a-f]+:[0-9a-f]+$/.test(host)) return false;
  try {
    return new URL(`http://[${host}]/`).hostname === `[${host}]`;
  } catch {
    return false;
  }
}

/** What a lease's machine is called on the renter's: the lease's address, cut short, in small letters. */
export const sshAlias = (lease: Address) => `gpu-lease-${lease.slice(0, 8).toLowerCase()}`;

/** A file of known hosts, in which the machine is called by its lease. */
export const knownHosts = ({ hostKey }: SshAccess, lease: Address) => `${lease} ${publicLine(hostKey)}\n`;

/** A public key as OpenSSH writes it: `ssh-ed25519 AAAA…`. */
const publicLine = (key: Uint8Array) => `ssh-ed25519 ${base64(publicBlob(key))}`;

/** The private key to a seed, as a file for OpenSSH, without a passphrase. */
export async function sshKeyFile(seed: Uint8Array, lease: Address): Promise<string> {
  const key = await publicKeyOf(seed);
  // Two equal numbers, by which OpenSSH would see that a passphrase was right.
  const check = new Uint8Array(4);
  seed.forEach((byte, index) => (check[index % 4]! ^= byte));
  const secret = [check, check, text('ssh-ed25519'), sized(key), sized(concat(seed, key)), text(lease)];
  const size = secret.reduce((sum, { length }) => sum + length, 0);
  const padding = Uint8Array.from({ length: (8 - (size % 8)) % 8 }, (_, index) => index + 1);
  const file = concat(
    new TextEncoder().encode('openssh-key-v1\0'),
    ...[text('none'), text('none'), text(''), number(1)],
    sized(publicBlob(key)),
    sized(concat(...secret, padding)),
  );
  const lines = base64(file).match(/.{1,70}/g) ?? [];
  return ['-----BEGIN OPENSSH PRIVATE KEY-----', ...lines, '-----END OPENSSH PRIVATE KEY-----', ''].join(
    '\n',
  );
}

/** The command that logs in with a key and a known host in two files, whose names no shell takes apart. */
export const sshCommand = (
  { host, port, seed }: SshAccess,
  lease: Address,
  files: { key: string; knownHosts: string },
) =>
  [
    'ssh',
    `-i ${files.key}`,
    '-o IdentitiesOnly=yes',
    // The renter's own key may be in its agent.
    ...(seed ? ['-o IdentityAgent=none'] : []),
    `-o UserKnownHostsFile=${files.knownHosts}`,
    `-o HostKeyAlias=${lease}`,
    '-o StrictHostKeyChecking=yes',
    '-o PreferredAuthentications=publickey',
    '-o ForwardAgent=no',
    `-p ${port}`,
    `${lease}@${host}`,
  ].join(' ');

async function publicKeyOf(seed: Uint8Array): Promise<Uint8Array> {
  const key = await getPublicKeyFromPrivateKey(await createPrivateKeyFromBytes(seed, true), true);
  return new Uint8Array(await crypto.subtle.exportKey('raw', key));
}

const concat = (...parts: readonly Uint8Array[]) => Uint8Array.from(parts.flatMap((part) => [...part]));

function number(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

/** Bytes after their length, as SSH has them. */
const sized = (bytes: Uint8Array) => concat(number(bytes.length), bytes);
const text = (value: string) => sized(new TextEncoder().encode(value));
const publicBlob = (key: Uint8Array) => concat(text('ssh-ed25519'), sized(key));
const base64 = (bytes: Uint8Array) => btoa(String.fromCharCode(...bytes));
