import { beforeAll, expect, it } from 'vitest';
import { loadRules, program } from 'gpu-lease/rules';
import { fits, fromKeyFile, keepSecret, keptSecret, toKeyFile } from './accessKeys';

beforeAll(loadRules);

const secret = new Uint8Array(32).fill(7);

it('writes and reads the key file of the command line', () => {
  const text = toKeyFile(secret);
  expect(text).toMatch(
    /^# gpu-lease access key\. Anyone with this file can read the credentials\.\n# public key: [0-9a-f]{64}\ngpu-lease-access-secret:(07){32}\n$/,
  );
  expect(fromKeyFile(text)).toEqual(secret);
  expect(fromKeyFile(text.replaceAll('\n', '\r\n'))).toEqual(secret);
});

it('says of anything else that it is not one', () => {
  for (const text of [
    '',
    '# a comment',
    'gpu-lease-access-secret:12',
    `gpu-lease-access-secret:${'g'.repeat(64)}`,
    toKeyFile(secret).repeat(2),
    '[1,2,3]',
  ])
    expect(fromKeyFile(text)).toMatch(/not an access key file/);
});

it('finds the kept secret of a lease by its access key, and none for another', () => {
  const [accessKey, other] = [secret, new Uint8Array(32).fill(8)].map((secret) =>
    program().accessPublicKey(secret),
  ) as [Uint8Array, Uint8Array];
  expect(keptSecret(accessKey)).toBeUndefined();
  // Node.js has no storage: it is kept while the page is open, and that is said.
  expect(keepSecret(secret)).toBe(false);
  expect(keptSecret(accessKey)).toEqual(secret);
  expect(keptSecret(other)).toBeUndefined();
  expect([fits(secret, accessKey), fits(secret, other)]).toEqual([true, false]);
});
