import type { Roles, Step } from '../rules';

/** What a session key does for the renter besides co-signing. */
const OF_A_GUARD = ['dispute open', 'lease terminate', 'lease expire'];

/** What an operator does for the provider alone. Leaving, only where no notice is owed. */
const OF_AN_OPERATOR = ['lease start', 'lease terminate'];

/** Whether somebody in these roles may take a step; `isFree` says whether an operator may leave now. */
export function mayTake({ who, command }: Pick<Step, 'who' | 'command'>, roles: Roles, isFree: boolean): boolean {
  switch (who) {
    case 'anyone':
      return true;
    case 'renter':
      return roles.renter || (roles.guard && OF_A_GUARD.includes(command));
    case 'provider':
      return roles.provider || (roles.operator && OF_AN_OPERATOR.includes(command) && (command !== 'lease terminate' || isFree));
    case 'both':
      return roles.renter || roles.provider || roles.operator;
    default:
      return who === 'arbiter' && roles.arbiter;
  }
}
