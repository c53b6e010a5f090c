// Access keys that this browser keeps, each as the text of a key file, which the command line reads and writes too
// (`AccessKey` in crates/client).

import { bytesEqual, type ReadonlyUint8Array } from '@solana/kit';
import { program } from 'gpu-lease/rules';
import { keep, keptList } from '../ui/kept';

const KEPT = 'access-keys';
const PREFIX = 'gpu-lease-access-secret:';

const hex = (bytes: ReadonlyUint8Array) =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

/** The text of a key file. */
export const toKeyFile = (secret: Uint8Array) =>
  `# gpu-lease access key. Anyone with this file can read the credentials.
# public key: ${hex(program().accessPublicKey(secret))}
${PREFIX}${hex(secret)}
`;

/** The secret in a key file, or what is wrong with the text. */
export function fromKeyFile(text: string): Uint8Array | string {
  const [line, more] = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  const digits = line?.startsWith(PREFIX) && more === undefined ? line.slice(PREFIX.length) : '';
  if (!/^[0-9a-f]{64}$/i.test(digits))
    return 'This is not an access key file: it has one line that begins with “gpu-lease-access-secret:”.';
  return Uint8Array.from({ length: 32 }, (_, i) => parseInt(digits.slice(2 * i, 2 * i + 2), 16));
}

/** Whether credentials for `accessKey` open with a secret. */
export const fits = (secret: Uint8Array, accessKey: ReadonlyUint8Array) =>
  bytesEqual(program().accessPublicKey(secret), accessKey);

/** Keeps a secret in this browser; false if it is forgotten when the page is closed. */
export function keepSecret(secret: Uint8Array): boolean {
  const text = toKeyFile(secret);
  return keep(KEPT, JSON.stringify([...keptList(KEPT).filter((known) => known !== text), text]));
}

/** The secret to an access key, if this browser keeps it. */
export function keptSecret(accessKey: ReadonlyUint8Array): Uint8Array | undefined {
  const secrets = keptList(KEPT).map(fromKeyFile);
  return secrets.find(
    (secret): secret is Uint8Array => typeof secret !== 'string' && fits(secret, accessKey),
  );
}
