// What an indexer remembers of the market. It is asked about what is over, and about lists too long for a node; what it answers is as
// true as whoever runs it: check what money depends on against a node.

export * from './client';
export { Unreadable } from './read';
export type { components, paths } from './generated/api';
