// One function for what a party does. Accounts that follow from others are derived here; layouts are the generated client's.

export { ensureTokenAccount } from './common';
export * from './governance';
export * from './lease';
export * from './offer';
export * from './protocol';
export * from './provider';
