/** Messages of a guard, verified as the document says. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

type IsGenuine = (secret: string, headers: Record<string, string>, body: string, now?: number) => boolean;

const document = readFileSync(new URL('../../../docs/protocol/webhook.md', import.meta.url), 'utf8');
const block = (language: string) =>
  new RegExp(`\`\`\`${language}\n(.*?)\n\`\`\``, 's').exec(document)?.[1] ?? '';

const code = `data:text/javascript,${encodeURIComponent(block('js'))}`;
const { isGenuine } = (await import(code)) as { isGenuine: IsGenuine };
const secret = /`(whsec_\w+)`:/.exec(document)?.[1] ?? '';
const [head = '', body = ''] = block('http').split('\n\n');
const headers = Object.fromEntries(
  head
    .split('\n')
    .slice(1)
    .map((line) => line.split(': ') as [string, string]),
);
const sent = Number(headers['webhook-timestamp']);

test('the golden message is genuine for five minutes', () => {
  assert.deepEqual(
    [-301, -300, 0, 300, 301].map((late) => isGenuine(secret, headers, body, sent + late)),
    [false, true, true, true, false],
  );
});

test('nothing of it can be changed', () => {
  const others: [string, Record<string, string>, string][] = [
    ['whsec_NfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', headers, body],
    [secret, { ...headers, 'webhook-id': 'msg_18_9f3a1c0b5d7e2468' }, body],
    [secret, { ...headers, 'webhook-timestamp': String(sent + 1) }, body],
    [secret, { ...headers, 'webhook-signature': 'v1,' }, body],
    [secret, headers, body.replace('7,200', '7,201')],
  ];
  for (const [of, changed, text] of others) assert.equal(isGenuine(of, changed, text, sent), false);
});

test('one of several signatures is enough', () => {
  const signatures = `v1,AAAA ${headers['webhook-signature']}`;
  assert.equal(isGenuine(secret, { ...headers, 'webhook-signature': signatures }, body, sent), true);
});
