import { nodeError } from '../chain/nodeErrors';
import { harmless } from '../ui/harmless';

const LONGEST_ERROR = 300;

/** What went wrong, as sentences; where it is not known, in the words that it came with: a node's or a wallet's, which may be anything. */
export function formatError(error: unknown): string {
  const words = nodeError(error) ?? (error instanceof Error ? error.message : String(error));
  return harmless(words.length > LONGEST_ERROR ? `${words.slice(0, LONGEST_ERROR)}…` : words);
}
