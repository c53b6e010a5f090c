import type { LeasePhase } from '../rules';

/** What can be done with a lease: mostly by the command line's name for it. */
export type Action =
  | 'lease start'
  | 'lease cancel'
  | 'lease top-up'
  | 'lease extend'
  | 'lease resize'
  | 'lease terminate'
  | 'lease expire'
  | 'lease close'
  | 'lease close --together'
  | 'lease release'
  | 'settle'
  | 'report'
  | 'cosign'
  | 'publish access'
  | 'dispute open'
  | 'dispute timeout'
  | 'arbiter resolve';

/** What people come to a lease for, phase by phase, the most urgent first. What costs somebody else comes last or not at all. */
const WANTED: Record<LeasePhase, Action[]> = {
  pending: ['lease start', 'lease cancel', 'lease top-up'],
  running: ['report', 'lease expire', 'lease top-up', 'lease extend', 'cosign', 'settle', 'lease release'],
  exhausted: ['report', 'lease expire', 'lease top-up', 'settle', 'lease release'],
  disputed: ['arbiter resolve', 'dispute timeout', 'lease close --together'],
  ending: ['report', 'cosign', 'settle', 'dispute open', 'lease release'],
  closable: ['lease close'],
};

/** The one thing that is offered first; the rest is under “More”. A deposit that lasts until the end needs no top-up. */
export function mainAction(phase: LeasePhase, possible: readonly Action[], isCovered: boolean): Action | undefined {
  const isWanted = (action: Action) => possible.includes(action) && !(isCovered && action === 'lease top-up');
  return WANTED[phase].find(isWanted);
}
