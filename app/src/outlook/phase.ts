import type { LeasePhase } from 'gpu-lease/rules';
import type { Tone } from '../ui/Values';

/** What a phase means to those whose money it is. */
export const PHASE_TONES: Record<LeasePhase, Tone | undefined> = {
  pending: 'out',
  running: 'in',
  exhausted: 'risk',
  disputed: 'risk',
  ending: 'out',
  closable: 'out',
};
