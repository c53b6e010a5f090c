// What the reader looks for, as the link has it: filters, order, and needs.

import type { Address } from '@solana/kit';
import { UNNAMED, byRank } from '../chain/accounts';
import type { Row } from '../listing/row';
import { formatCount } from '../ui/format';
import { parseNumber } from '../ui/number';

export const ORDERS = ['price', 'memory', 'free', 'reliability', 'carbon', 'uptime'] as const;
export type Order = (typeof ORDERS)[number];

export type Search = {
  /** Words that model or region contain. */
  text: string;
  gpus: number;
  hours: number;
  memory: number;
  /** Smallest share of promised units that were delivered, percent. */
  reliability: number;
  mint: Address | '';
  order: Order;
  descending: boolean;
  /** Also offers that are full or closed. */
  all: boolean;
};

/** The search that finds every open offer. */
export const EVERYTHING: Search = {
  text: '',
  gpus: 1,
  hours: 0,
  memory: 0,
  reliability: 0,
  mint: '',
  order: 'price',
  descending: false,
  all: false,
};

const number = (value: string | null, otherwise: number, isWhole = true) => {
  const parsed = parseNumber(value ?? '', { isWhole });
  return typeof parsed === 'number' ? parsed : otherwise;
};

/** The length that a search asks for, seconds; none where it is 0. */
export const secondsOf = ({ hours }: Pick<Search, 'hours'>) => Math.round(hours * 3_600);

export function readSearch(params: URLSearchParams): Search {
  const order = ORDERS.find((order) => order === params.get('sort')) ?? EVERYTHING.order;
  return {
    text: params.get('q') ?? '',
    gpus: Math.max(1, number(params.get('gpus'), EVERYTHING.gpus)),
    hours: number(params.get('hours'), EVERYTHING.hours, false),
    memory: number(params.get('memory'), EVERYTHING.memory),
    reliability: Math.min(100, number(params.get('reliability'), EVERYTHING.reliability)),
    mint: (params.get('mint') ?? '') as Address | '',
    order,
    descending: params.get('desc') === '1',
    all: params.get('all') === '1',
  };
}

/** Whether the market is what the part of an address after `#` shows. */
export const isMarket = (hash: string) => /^#?\/?(\?|$)/.test(hash);

/** The search that an address has after `#`. */
export const searchOf = (hash: string) => readSearch(new URLSearchParams(hash.split('?')[1] ?? ''));

/** The link's part for a search; what is as usual is left out. */
export function writeSearch(search: Search): URLSearchParams {
  const params = new URLSearchParams();
  const put = (name: string, value: string | number, usual: string | number) =>
    value !== usual && params.set(name, String(value));
  put('q', search.text, EVERYTHING.text);
  put('gpus', search.gpus, EVERYTHING.gpus);
  put('hours', search.hours, EVERYTHING.hours);
  put('memory', search.memory, EVERYTHING.memory);
  put('reliability', search.reliability, EVERYTHING.reliability);
  put('mint', search.mint, EVERYTHING.mint);
  put('sort', search.order, EVERYTHING.order);
  put('desc', Number(search.descending), 0);
  put('all', Number(search.all), 0);
  return params;
}

/** A search as its owner recognizes it. */
export function searchInWords({ text, gpus, hours, memory, reliability, mint, order, all }: Search): string {
  const parts = [
    text.trim(),
    gpus > 1 && formatCount(gpus, 'GPU'),
    hours > 0 && `${hours} h`,
    memory > 0 && `${memory} GiB`,
    reliability > 0 && `${reliability}% delivered`,
    mint && 'one currency',
    order !== 'price' && `by ${order}`,
    all && 'full ones too',
  ];
  return parts.filter(Boolean).join(', ') || 'in another order';
}

const wordsOf = ({ text }: Search) => text.toLowerCase().split(/\s+/).filter(Boolean);

const contains = (text: string, words: string[]) => words.every((word) => text.includes(word));

/** Whether an offer meets a search, whose words need not be told apart for each. */
export function meets(
  { offer, model, region, reliability }: Row,
  search: Search,
  words = wordsOf(search),
): boolean {
  const seconds = secondsOf(search);
  return (
    (words.length === 0 || contains(`${model} ${region}`.toLowerCase(), words)) &&
    offer.listing.memoryGib >= search.memory &&
    (search.mint === '' || offer.terms.mint === search.mint) &&
    (search.reliability === 0 || (reliability.delivered ?? -1) * 100 >= search.reliability) &&
    (search.all ||
      (offer.isOpen === 1 &&
        offer.gpusFree >= search.gpus &&
        (seconds === 0 || (offer.terms.minDuration <= seconds && seconds <= offer.terms.maxDuration))))
  );
}

const KEYS: Record<Order, (row: Row) => number | bigint> = {
  price: ({ offer }) => offer.terms.price,
  memory: ({ offer }) => offer.listing.memoryGib,
  free: ({ offer }) => offer.gpusFree,
  reliability: ({ reliability }) => reliability.delivered ?? -1,
  carbon: ({ offer }) => offer.listing.carbonIntensity || Number.MAX_SAFE_INTEGER,
  uptime: ({ offer }) => offer.terms.slaUptimeBps,
};

const compare = (a: number | bigint, b: number | bigint) => (a < b ? -1 : a > b ? 1 : 0);

/**
 * The offers that meet a search, in its order; what is equal, by price. Prices are compared within a mint only, for base
 * units of two say nothing of each other, and what is paid in a mint that nobody named comes last in any order.
 */
export function find(rows: Row[], search: Search): Row[] {
  const words = wordsOf(search);
  const sign = search.descending ? -1 : 1;
  // Of thousands of offers, what they are compared by is taken out once, and not at every comparison.
  return rows
    .filter((row) => meets(row, search, words))
    .map((row) => ({
      row,
      token: row.token,
      isUnnamed: Number(row.token.rank === UNNAMED),
      key: KEYS[search.order](row),
      price: row.offer.terms.price,
    }))
    .sort(
      (a, b) =>
        compare(a.isUnnamed, b.isUnnamed) ||
        (search.order === 'price' ? byRank(a.token, b.token) : 0) ||
        sign * compare(a.key, b.key) ||
        byRank(a.token, b.token) ||
        compare(a.price, b.price),
    )
    .map(({ row }) => row);
}

/** The cheapest offer that meets a search, of each mint that has a name; of any mint where none has. */
export function cheapest(rows: Row[], search: Search): Row[] {
  const firsts = new Map<Address, Row>();
  for (const row of find(rows, { ...search, order: 'price', descending: false, all: false }))
    if (!firsts.has(row.token.mint)) firsts.set(row.token.mint, row);
  const all = [...firsts.values()];
  const named = all.filter(({ token }) => token.rank !== UNNAMED);
  return named.length > 0 ? named : all.slice(0, 1);
}

/** Where an offer is rented, with what is looked for. */
export const rentLink = ({ offer }: Pick<Row, 'offer'>, { gpus, hours }: Search) =>
  `/rent/${offer.address}?gpus=${gpus}${hours > 0 ? `&hours=${hours}` : ''}`;
