import type { LeaseAct, LeasePhase } from 'gpu-lease/rules';

/** What can be done with a lease. */
export type Action = LeaseAct['kind'];

/** What people come to a lease for, phase by phase, the most urgent first. What costs somebody else comes last or not at all. */
const WANTED: Record<LeasePhase, Action[]> = {
  pending: ['start', 'cancel', 'topUp'],
  running: ['attest', 'expire', 'topUp', 'extend', 'coSign', 'settle', 'releaseGpus'],
  exhausted: ['attest', 'expire', 'topUp', 'settle', 'releaseGpus'],
  disputed: ['resolve', 'resolveByTimeout', 'closeTogether'],
  ending: ['attest', 'coSign', 'settle', 'dispute', 'releaseGpus'],
  closable: ['close'],
};

/** The one thing that is offered first; the rest is under “More”. A deposit that lasts until the end needs no top-up. */
export function mainAction(
  phase: LeasePhase,
  possible: readonly Action[],
  isCovered: boolean,
): Action | undefined {
  const isWanted = (action: Action) => possible.includes(action) && !(isCovered && action === 'topUp');
  return WANTED[phase].find(isWanted);
}
