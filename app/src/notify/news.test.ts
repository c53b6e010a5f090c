import { describe, expect, it } from 'vitest';
import type { Role } from 'gpu-lease/rules';
import { newsOf, type Watched } from './news';

const HOUR = 3_600n;
const NOW = 100n * HOUR;

type Change = Partial<Omit<Watched, 'outlook' | 'roles'>> & {
  outlook?: Partial<Watched['outlook']>;
  roles: Role[];
};

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
  roles,
  ...over,
});
const titles = (change: Change, since = 0n) => newsOf([lease(change)], NOW, since).map(({ title }) => title);
const ids = (change: Change) => newsOf([lease(change)], NOW, NOW).map(({ id }) => id);

describe('news', () => {
  it('is a start, for the renter, and only of leases that began since it was asked for', () => {
    expect([
      titles({ roles: ['renter'] }, 90n * HOUR),
      titles({ roles: ['renter'] }, 90n * HOUR + 1n),
      titles({ roles: ['provider'] }),
    ]).toEqual([['Your GPUs are ready'], [], []]);
    expect(titles({ roles: ['renter'], outlook: { phase: 'pending' } })).toEqual([]);
  });
  it('is money that ends within two hours, for who pays', () => {
    const at = (fundedUntil: bigint) => ids({ roles: ['payer'], outlook: { fundedUntil } }).length;
    expect([at(NOW + 2n * HOUR + 1n), at(NOW + 2n * HOUR), at(NOW + 1n)]).toEqual([0, 1, 1]);
    expect(titles({ roles: ['payer'], outlook: { phase: 'exhausted' } })).toEqual(['The deposit is used up']);
    expect(ids({ roles: ['provider'], outlook: { fundedUntil: NOW + 1n } })).toEqual([]);
  });
  it('is a claim to answer, for the renter and its session key, until it is final', () => {
    const of = (claimMaturesAt: bigint | null, roles: Role[]) =>
      titles({ roles, outlook: { claimMaturesAt } }, NOW);
    expect([
      of(NOW + 1n, ['sessionKey']),
      of(NOW + 1n, ['renter']),
      of(NOW, ['sessionKey']),
      of(null, ['sessionKey']),
      of(NOW + 1n, ['provider']),
    ]).toEqual([['The provider reported usage'], ['The provider reported usage'], [], [], []]);
  });
  it('is a report that is due, for the provider and its operator, in the last third of the silence', () => {
    const of = (expirableFrom: bigint, roles: Role[] = ['operator']) =>
      titles({ roles, outlook: { expirableFrom } }, NOW);
    expect([of(NOW + 601n), of(NOW + 600n), of(NOW - 1n), of(NOW + 600n, ['renter'])]).toEqual([
      [],
      ['A usage report is due'],
      ['A usage report is due'],
      [],
    ]);
    expect(titles({ roles: ['provider'], outlook: { phase: 'ending', expirableFrom: NOW } }, NOW)).toEqual(
      [],
    );
  });
  it('is the same news however often it is looked for, and other news once something has changed', () => {
    const low = (deposited: bigint) =>
      ids({ roles: ['payer'], deposited, outlook: { fundedUntil: NOW + 1n } });
    expect(low(5n)).toEqual(low(5n));
    expect(low(5n)).not.toEqual(low(6n));
    expect(ids({ roles: ['payer'], outlook: { phase: 'exhausted' } })).not.toEqual(low(5n));
    const due = (reportedUntil: bigint) =>
      ids({ roles: ['provider'], reportedUntil, outlook: { expirableFrom: NOW } });
    expect(due(1n)).not.toEqual(due(2n));
  });
});
