// The commands and files with which a renter logs in by SSH.

import type { Address } from '@solana/kit';
import { knownHosts, sshAlias, sshCommand, sshKeyFile, type SshAccess } from 'gpu-lease';

/** What stands in commands for the file of a key that only the renter has. */
const OWN_KEY = 'YOUR_KEY_FILE';

/** The file in which this page saves the access key of a lease, as the command line does. */
export const accessKeyFile = (lease: Address) => `${lease}.key`;

/** How the command line logs in, next to the saved access key. */
export const oneCommand = ({ seed }: SshAccess, lease: Address) =>
  `gpu-lease lease ssh ${lease} --access-key ${accessKeyFile(lease)}${seed ? '' : ` --identity ${OWN_KEY}`}`;

/** How any OpenSSH logs in, next to the saved files. It takes no key that others can read, as browsers save them. */
export function anySsh(access: SshAccess, lease: Address) {
  const alias = sshAlias(lease);
  const files = { key: access.seed ? `${alias}.ssh-key` : OWN_KEY, knownHosts: `${alias}.known-hosts` };
  const command = sshCommand(access, lease, files);
  return {
    command: access.seed ? `chmod 600 ${files.key} && ${command}` : command,
    knownHosts: { name: files.knownHosts, text: knownHosts(access, lease) },
    key: access.seed && { name: files.key, text: () => sshKeyFile(access.seed!, lease) },
  };
}
