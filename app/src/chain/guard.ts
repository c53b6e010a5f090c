// What a guard tells of the leases that it watches: a stranger's word, wherever it comes from.

import { useQuery } from '@tanstack/react-query';
import { keep, useKept } from '../ui/kept';
import { readBounded } from '../ui/bounded';
import { harmless } from '../ui/harmless';
import { useChain } from './Chain';

/** A lease that it watches. Units are GPU-seconds, times unix seconds. */
export type WatchedLease = {
  lease: string;
  openedSlot: bigint;
  since: bigint;
  reachedAt: bigint | null;
  loggedInAt: bigint | null;
  /** What can have been delivered at most, until `boundUntil`. */
  bound: bigint;
  boundUntil: bigint;
  /** Seconds that do not count. */
  missed: bigint;
  lossLimit: bigint;
  doing: string;
};

/** Something that it has told. */
export type GuardNews = {
  at: bigint;
  kind: string;
  lease: string | null;
  openedSlot: bigint | null;
  text: string;
};

export type GuardStatus = {
  /** Its session keys. */
  keys: string[];
  mode: string;
  isStandby: boolean;
  leases: WatchedLease[];
  /** The latest first. */
  news: GuardNews[];
};

/** Bytes of an answer. */
const LONGEST = 4 * 1024 * 1024;

/** Characters of a text. */
const LONGEST_TEXT = 700;

/** Milliseconds from one question to the next, and for an answer. */
const PAUSE = 15_000;
const PATIENCE = 5_000;

const NOT_A_GUARD =
  'What is there does not speak as a guard does. Check the address, and that both are of one version.';

/** A part of what a guard says, if it is of the right kind. */
class Part {
  private readonly fields: Record<string, unknown>;

  constructor(value: unknown) {
    if (typeof value !== 'object' || value === null) throw new Error(NOT_A_GUARD);
    this.fields = value as Record<string, unknown>;
  }

  text(name: string): string {
    const value = this.fields[name];
    if (typeof value !== 'string') throw new Error(NOT_A_GUARD);
    return harmless(value.length > LONGEST_TEXT ? `${value.slice(0, LONGEST_TEXT)}…` : value);
  }

  whole(name: string): bigint {
    const value = this.fields[name];
    if (!Number.isSafeInteger(value)) throw new Error(NOT_A_GUARD);
    return BigInt(value as number);
  }

  list<T>(name: string, of: (value: unknown) => T): T[] {
    const value = this.fields[name];
    if (!Array.isArray(value)) throw new Error(NOT_A_GUARD);
    return value.map((value) => of(value));
  }

  flag = (name: string) => this.fields[name] === true;
  isThere = (name: string) => this.fields[name] != null;
  wholeIfAny = (name: string) => (this.isThere(name) ? this.whole(name) : null);
  textIfAny = (name: string) => (this.isThere(name) ? this.text(name) : null);
}

function watchedLease(value: unknown): WatchedLease {
  const part = new Part(value);
  return {
    lease: part.text('lease'),
    openedSlot: part.whole('openedSlot'),
    since: part.whole('since'),
    reachedAt: part.wholeIfAny('reachedAt'),
    loggedInAt: part.wholeIfAny('loggedInAt'),
    bound: part.whole('bound'),
    boundUntil: part.whole('boundUntil'),
    missed: part.whole('missed'),
    lossLimit: part.whole('lossLimit'),
    doing: part.text('doing'),
  };
}

function guardNews(value: unknown): GuardNews {
  const part = new Part(value);
  return {
    at: part.whole('at'),
    kind: part.text('kind'),
    lease: part.textIfAny('lease'),
    openedSlot: part.wholeIfAny('openedSlot'),
    text: part.text('text'),
  };
}

/** What a guard says; throws a sentence if it is not what a guard would say. */
export function readGuard(text: string): GuardStatus {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error(NOT_A_GUARD);
  }
  const part = new Part(value);
  return {
    keys: part.list('keys', String),
    mode: part.text('mode'),
    isStandby: part.flag('isStandby'),
    leases: part.list('leases', watchedLease),
    news: part.list('news', guardNews),
  };
}

/** Asks the guard at an address such as `http://127.0.0.1:9481`. */
export async function fetchGuard(address: string): Promise<GuardStatus> {
  const asked = fetch(`${address.replace(/\/+$/, '')}/guard`, {
    signal: AbortSignal.timeout(PATIENCE),
    redirect: 'error',
    credentials: 'omit',
    cache: 'no-store',
  });
  const response = await asked.catch(() => undefined);
  if (!response?.ok)
    throw new Error('The guard does not answer. See whether it runs, and whether this is its address.');
  const text = await readBounded(response, LONGEST);
  if (text === undefined) throw new Error(NOT_A_GUARD);
  return readGuard(text);
}

/** Where the reader's guard is: as the reader says, or the cluster. */
export function useGuardAddress(): string | undefined {
  const { cluster } = useChain();
  return useKept('guard') ?? cluster.guard;
}

/** Remembers where the reader's guard is; `null` forgets it. */
export const keepGuardAddress = (address: string | null) => keep('guard', address);

/** Why an address cannot be a guard's; nothing if it can. The page may ask this machine, and others by https only. */
export function addressFault(address: string): string | undefined {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const isHere = url?.protocol === 'http:' && ['127.0.0.1', 'localhost'].includes(url.hostname);
  if (isHere || url?.protocol === 'https:') return undefined;
  return 'Write it as http://127.0.0.1:9481, or https:// for a guard on another machine.';
}

/** What the guard at an address says, again and again. */
export const useGuard = (address: string | undefined) =>
  useQuery({
    queryKey: ['guard', address],
    queryFn: () => fetchGuard(address!),
    enabled: address !== undefined,
    refetchInterval: PAUSE,
    retry: false,
  });
