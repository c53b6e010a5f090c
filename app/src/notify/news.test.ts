import { describe, expect, it } from 'vitest';
import type { Roles } from '../rules';
import { newsOf, type Watched } from './news';

const NOBODY: Roles = { renter: false, payer: false, guard: false, provider: false, operator: false, arbiter: false };
const HOUR = 3_600n;
const NOW = 100n * HOUR;

type Change = Partial<Omit<Watched, 'outlook' | 'roles'>> & { outlook?: Partial<Watched['outlook']>; roles: Partial<Roles> };

/** A lease that runs well, as somebody in it sees it. */
const lease = ({ outlook, roles, ...over }: Change): Watched => ({
  address: 'Lease111111111111111111111111111111111111111',
  startedAt: 90n * HOUR,
  deposited: 5n,
  reportedUntil: 99n * HOUR,
  heartbeatTimeout: 1_800,
  outlook: {
    phase: 'running',
    fundedUntil: 200n * HOUR,
    usedUpAt: null,
    endsAt: 200n * HOUR,
    claimMaturesAt: null,
    expirableFrom: NOW + HOUR,
    usage: { capacity: 0n, promised: 0n, accepted: 0n, claimed: 7_200n, excused: 0n },
    ...outlook,
  },
  roles: { ...NOBODY, ...roles },
  ...over,
});
const titles = (change: Change, since = 0n) => newsOf([lease(change)], NOW, since).map(({ title }) => title);
const ids = (change: Change) => newsOf([lease(change)], NOW, NOW).map(({ id }) => id);

describe('news', () => {
  it('is a start, for the renter, and only of leases that began since it was asked for', () => {
    expect([titles({ roles: { renter: true } }, 90n * HOUR), titles({ roles: { renter: true } }, 90n * HOUR + 1n), titles({ roles: { provider: true } })]).toEqual([['Your GPUs are ready'], [], []]);
    expect(titles({ roles: { renter: true }, outlook: { phase: 'pending' } })).toEqual([]);
  });
  it('is money that ends within two hours, for who pays', () => {
    const at = (fundedUntil: bigint) => ids({ roles: { payer: true }, outlook: { fundedUntil } }).length;
    expect([at(NOW + 2n * HOUR + 1n), at(NOW + 2n * HOUR), at(NOW + 1n)]).toEqual([0, 1, 1]);
    expect(titles({ roles: { payer: true }, outlook: { phase: 'exhausted' } })).toEqual(['The deposit is used up']);
    expect(ids({ roles: { provider: true }, outlook: { fundedUntil: NOW + 1n } })).toEqual([]);
  });
  it('is a claim to answer, for the renter and its session key, until it is final', () => {
    const of = (claimMaturesAt: bigint | null, roles: Partial<Roles>) => titles({ roles, outlook: { claimMaturesAt } }, NOW);
    expect([of(NOW + 1n, { guard: true }), of(NOW, { guard: true }), of(null, { guard: true }), of(NOW + 1n, { provider: true })]).toEqual([['The provider reported usage'], [], [], []]);
  });
  it('is a report that is due, for the provider and its operator, in the last third of the silence', () => {
    const of = (expirableFrom: bigint, roles: Partial<Roles> = { operator: true }) => titles({ roles, outlook: { expirableFrom } }, NOW);
    expect([of(NOW + 601n), of(NOW + 600n), of(NOW - 1n), of(NOW + 600n, { renter: true })]).toEqual([[], ['A usage report is due'], ['A usage report is due'], []]);
    expect(titles({ roles: { provider: true }, outlook: { phase: 'ending', expirableFrom: NOW } }, NOW)).toEqual([]);
  });
  it('is the same news however often it is looked for, and other news once something has changed', () => {
    const low = (deposited: bigint) => ids({ roles: { payer: true }, deposited, outlook: { fundedUntil: NOW + 1n } });
    expect(low(5n)).toEqual(low(5n));
    expect(low(5n)).not.toEqual(low(6n));
    expect(ids({ roles: { payer: true }, outlook: { phase: 'exhausted' } })).not.toEqual(low(5n));
    const due = (reportedUntil: bigint) => ids({ roles: { provider: true }, reportedUntil, outlook: { expirableFrom: NOW } });
    expect(due(1n)).not.toEqual(due(2n));
  });
});
