import type { Role } from 'gpu-lease/rules';

/** Roles in words. */
export const ROLE_WORDS: Record<Role, string> = {
  anyone: 'anyone',
  renter: 'renter',
  sessionKey: 'session key',
  payer: 'payer',
  provider: 'provider',
  operator: 'provider’s operator',
  attestor: 'attestor',
  verifier: 'verifier',
  arbiter: 'arbiter',
  both: 'both parties',
  tokenHolder: 'token holder',
  participant: 'participant',
  proposer: 'proposer',
  voter: 'voter',
};
