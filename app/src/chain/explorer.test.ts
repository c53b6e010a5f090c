import { expect, it } from 'vitest';
import { explorerLink } from './explorer';

it('shows addresses and transactions of the cluster that the page works on', () => {
  expect(explorerLink({ name: 'devnet' }, 'address', 'AB')).toBe(
    'https://explorer.solana.com/address/AB?cluster=devnet',
  );
  expect(explorerLink({ name: 'mainnet' }, 'transaction', 'cd')).toBe('https://explorer.solana.com/tx/cd');
});
it('has none for a local cluster, nor where none is wanted', () => {
  expect([
    explorerLink({ name: 'local' }, 'address', 'AB'),
    explorerLink({ name: 'devnet', explorer: 'none' }, 'address', 'AB'),
  ]).toEqual([undefined, undefined]);
});
it('takes another, and no link but one to the web', () => {
  const explorer = { address: 'http://127.0.0.1:3000/a/{}?c=local', transaction: 'javascript:alert({})' };
  expect(explorerLink({ name: 'local', explorer }, 'address', 'A/B')).toBe(
    'http://127.0.0.1:3000/a/A%2FB?c=local',
  );
  expect(explorerLink({ name: 'local', explorer }, 'transaction', '1')).toBeUndefined();
});
