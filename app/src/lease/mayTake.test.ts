import { expect, it } from 'vitest';
import type { Roles } from '../rules';
import { mayTake } from './mayTake';

const nobody: Roles = { renter: false, payer: false, guard: false, provider: false, operator: false, arbiter: false };
const steps = [
  ['provider', 'lease start'],
  ['renter', 'lease cancel'],
  ['anyone', 'lease top-up'],
  ['renter', 'lease extend'],
  ['renter', 'lease resize'],
  ['renter', 'dispute open'],
  ['renter', 'lease terminate'],
  ['provider', 'lease terminate'],
  ['renter', 'lease expire'],
  ['both', 'lease close --together'],
  ['arbiter', 'arbiter resolve'],
] as const;

const taken = (roles: Partial<Roles>, isFree = false) =>
  steps.filter(([who, command]) => mayTake({ who, command }, { ...nobody, ...roles }, isFree)).map(([who, command]) => `${who}: ${command}`);

it('leaves strangers what anyone may do', () => expect(taken({})).toEqual(['anyone: lease top-up']));

it('lets a session key dispute, give notice and expire', () => {
  const guard = ['anyone: lease top-up', 'renter: dispute open', 'renter: lease terminate', 'renter: lease expire'];
  expect(taken({ guard: true })).toEqual(guard);
});

it('lets an operator start and agree to close, and leave only where no notice is owed', () => {
  expect(taken({ operator: true })).toEqual(['provider: lease start', 'anyone: lease top-up', 'both: lease close --together']);
  expect(taken({ operator: true }, true)).toContain('provider: lease terminate');
});

it('lets renter, provider and arbiter do what is theirs', () => {
  expect(taken({ renter: true, guard: true })).toEqual(steps.filter(([who]) => ['renter', 'anyone', 'both'].includes(who)).map(([who, command]) => `${who}: ${command}`));
  expect(taken({ provider: true })).toEqual(steps.filter(([who]) => ['provider', 'anyone', 'both'].includes(who)).map(([who, command]) => `${who}: ${command}`));
  expect(taken({ arbiter: true })).toEqual(['anyone: lease top-up', 'arbiter: arbiter resolve']);
});
