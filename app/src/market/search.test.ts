import { describe, expect, it } from 'vitest';
import { UNNAMED } from '../chain/accounts';
import { cheapest, find, isMarket, meets, readSearch, searchInWords, writeSearch } from './search';
import type { Row } from '../listing/row';

const row = (
  over: Partial<{
    price: bigint;
    free: number;
    memory: number;
    delivered: number;
    open: number;
    model: string;
    carbon: number;
    mint: string;
    rank: number;
  }> = {},
): Row => {
  const {
    price = 1n,
    free = 8,
    memory = 80,
    delivered,
    open = 1,
    model = 'NVIDIA H100 SXM',
    carbon = 28,
    mint = 'mint',
    rank = 0,
  } = over;
  const offer = {
    address: `${model}${price}`,
    gpus: 8,
    gpusFree: free,
    isOpen: open,
    listing: { memoryGib: memory, carbonIntensity: carbon },
    terms: { price, mint, minDuration: 3_600, maxDuration: 86_400, slaUptimeBps: 9_990 },
  };
  return {
    offer,
    provider: undefined,
    reliability: { delivered, abandoned: 0, lost: 0, completed: 0 },
    model,
    region: 'eu-north-1',
    token: { mint, rank },
  } as unknown as Row;
};

const search = (query: string) => readSearch(new URLSearchParams(query));

describe('a search', () => {
  it('comes back from its link, and leaves out what is as usual', () => {
    const link = 'q=h100&gpus=4&hours=12&memory=80&reliability=99&sort=carbon&desc=1&all=1';
    expect(writeSearch(search(link)).toString()).toBe(link);
    expect(writeSearch(search('')).toString()).toBe('');
  });

  it('is recognized by its words', () => {
    expect(searchInWords(search('q=H100&gpus=2&hours=0.5&sort=carbon'))).toBe(
      'H100, 2 GPUs, 0.5 h, by carbon',
    );
    expect(searchInWords(search('desc=1'))).toBe('in another order');
  });

  it('reads nonsense as nothing', () => {
    expect(search('gpus=-3&hours=x&reliability=900&sort=evil')).toMatchObject({
      gpus: 1,
      hours: 0,
      reliability: 100,
      order: 'price',
    });
  });

  it('finds by all words of model and region', () => {
    expect(meets(row(), search('q=h100 NORTH'))).toBe(true);
    expect(meets(row(), search('q=h100 south'))).toBe(false);
  });

  it('asks for enough free GPUs, memory and an allowed length', () => {
    expect([meets(row(), search('gpus=8')), meets(row(), search('gpus=9'))]).toEqual([true, false]);
    expect([meets(row(), search('memory=80')), meets(row(), search('memory=81'))]).toEqual([true, false]);
    expect([meets(row(), search('hours=24')), meets(row(), search('hours=25'))]).toEqual([true, false]);
    expect([meets(row(), search('hours=1')), meets(row(), search('hours=0.5'))]).toEqual([true, false]);
  });

  it('hides what is closed or full until it is asked for', () => {
    expect([meets(row({ open: 0 }), search('')), meets(row({ open: 0 }), search('all=1'))]).toEqual([
      false,
      true,
    ]);
    expect([meets(row({ free: 0 }), search('')), meets(row({ free: 0 }), search('all=1'))]).toEqual([
      false,
      true,
    ]);
  });

  it('takes a provider without a record for one that delivered nothing, only if reliability is asked for', () => {
    expect([meets(row(), search('')), meets(row(), search('reliability=1'))]).toEqual([true, false]);
    expect([
      meets(row({ delivered: 0.99 }), search('reliability=99')),
      meets(row({ delivered: 0.989 }), search('reliability=99')),
    ]).toEqual([true, false]);
  });

  it('puts the cheapest first, and among equals too', () => {
    const rows = [
      row({ price: 3n, memory: 24 }),
      row({ price: 1n, memory: 80 }),
      row({ price: 2n, memory: 80 }),
    ];
    const prices = (query: string) => find(rows, search(query)).map(({ offer }) => offer.terms.price);
    expect(prices('')).toEqual([1n, 2n, 3n]);
    expect(prices('sort=memory&desc=1')).toEqual([1n, 2n, 3n]);
    expect(prices('sort=memory')).toEqual([3n, 1n, 2n]);
  });

  it('compares prices within a mint only, and what nobody named comes last in any order', () => {
    const [usdc, eurc, junk] = [
      { mint: 'usdc', rank: 0 },
      { mint: 'eurc', rank: 1 },
      { mint: 'aaaa', rank: UNNAMED },
    ];
    const rows = [
      row({ ...junk, price: 1n, memory: 9_999 }),
      row({ ...eurc, price: 2n }),
      row({ ...usdc, price: 249n }),
      row({ ...usdc, price: 300n, memory: 24 }),
      row({ ...eurc, price: 1n }),
    ];
    const shown = (query: string) =>
      find(rows, search(query)).map(({ offer, token }) => `${token.mint} ${offer.terms.price}`);
    expect(shown('')).toEqual(['usdc 249', 'usdc 300', 'eurc 1', 'eurc 2', 'aaaa 1']);
    expect(shown('desc=1')).toEqual(['usdc 300', 'usdc 249', 'eurc 2', 'eurc 1', 'aaaa 1']);
    expect(shown('sort=memory&desc=1').at(-1)).toBe('aaaa 1');
    expect(
      cheapest(rows, search('')).map(({ offer, token }) => `${token.mint} ${offer.terms.price}`),
    ).toEqual(['usdc 249', 'eurc 1']);
    expect(cheapest(rows.slice(0, 1), search('')).map(({ token }) => token.mint)).toEqual(['aaaa']);
  });

  it('puts power of undeclared origin last', () => {
    const rows = [row({ carbon: 0, price: 1n }), row({ carbon: 400, price: 2n })];
    expect(find(rows, search('sort=carbon')).map(({ offer }) => offer.terms.price)).toEqual([2n, 1n]);
  });
});

it('is what an address without another view shows', () => {
  expect(['', '#', '#/', '#/?q=H100', '#?q=H100'].map(isMarket)).toEqual(Array(5).fill(true));
  expect(['#/rent/abc?gpus=1', '#/leases', '#/x?q=H100'].map(isMarket)).toEqual(Array(3).fill(false));
});
