// Under which keys queries keep what they read: here alone, so that what invalidates them finds all of them. A key without
// its last parts stands for all that begin so.

export const keys = {
  /** Accounts of the program, and nonces, which change like them. */
  accounts: ['accounts'],
  lists: (kind: string) => ['accounts', kind, 'list'] as const,
  list: (kind: string, filter: object) => ['accounts', kind, 'list', filter] as const,
  /** Chosen accounts of a kind, by who chose them. */
  allChosen: (kind: string) => ['accounts', kind, 'chosen'] as const,
  chosen: (kind: string, by: readonly unknown[]) => ['accounts', kind, 'chosen', ...by] as const,
  account: (kind: string, address: string) => ['accounts', kind, 'one', address] as const,
  noncesOf: (authority: string) => ['accounts', 'nonces of', authority] as const,
  nonce: (account?: string, value?: string) => ['accounts', 'nonce', account, value] as const,
  /** How many accounts of a list could not be read. */
  unreadable: (kind: string, filter: object) => ['unreadable', kind, filter] as const,

  balances: ['balances'],
  balance: (owner: string | undefined, mint: string) => ['balances', owner, mint] as const,
  sol: (owner: string | undefined) => ['balances', owner, 'SOL'] as const,
  allBalances: (owner: string, mints: Iterable<string>) => ['balances', owner, 'all', ...mints] as const,
  collectedFees: (feeVault: string | undefined) => ['balances', 'fees', feeVault] as const,

  histories: ['history'],
  history: (address: string) => ['history', address] as const,
  transaction: (address: string, signature: string) => ['transaction', address, signature] as const,
  /** A lease's credentials, by the hash that the lease has of them. */
  access: (lease: string, hash: Iterable<number>) => ['access', lease, [...hash].join()] as const,

  clock: ['clock'],
  genesis: ['genesis'],
  domain: ['domain'],
  /** All that an indexer says. */
  indexer: ['indexer'],
  progress: ['indexer', 'progress'] as const,
  offers: (queries: readonly unknown[]) => ['indexer', 'offers', queries] as const,
  indexed: (path: string) => ['indexer', path] as const,
  /** What a node says of the transactions of a receipt. */
  receipt: (of: string) => ['receipt', of] as const,
  rent: ['rent'],
  currency: (of: object) => ['currency', of] as const,
  voteMint: (mint: string) => ['vote mint', mint] as const,

  /** Addresses that follow from others. */
  tokenAccounts: (owner: string, mints: Iterable<string>) => ['token accounts', owner, ...mints] as const,
  bondAccount: (provider: string, mint: string) => ['bond account', provider, mint] as const,
  participantOf: (party: string | undefined) => ['participant of', party] as const,
  addressOfProposal: (id: string) => ['address of proposal', id] as const,

  /** Hashes of what is shown: of an account by its bytes, or of a text. */
  offerHash: (bytes: string | undefined) => ['content of', bytes] as const,
  leaseHash: (bytes: string | undefined) => ['life of', bytes] as const,
  actionHash: (bytes: string | undefined) => ['action of', bytes] as const,
  fingerprint: (text: string | undefined) => ['fingerprint', text] as const,

  /** What a request would do, and the part of the page that says it. */
  simulation: (id: string) => ['simulation', id] as const,
  sentences: ['sentences'],
};

/** All that changes on chain: asked again after a transaction, or after what could have told of changes was cut off. */
export const LIVE = [keys.accounts, keys.balances, keys.histories];
