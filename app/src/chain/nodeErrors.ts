// What a node's failure means to the reader, and what to do. The page is built without the texts of kit's errors, which
// would name a command to run instead.

import {
  isSolanaError,
  SOLANA_ERROR__JSON_RPC__SERVER_ERROR_NODE_UNHEALTHY,
  SOLANA_ERROR__JSON_RPC__SERVER_ERROR_TRANSACTION_HISTORY_NOT_AVAILABLE,
  SOLANA_ERROR__JSON_RPC__SERVER_ERROR_UNSUPPORTED_TRANSACTION_VERSION,
  SOLANA_ERROR__RPC__TRANSPORT_HTTP_ERROR,
  type SolanaError,
} from '@solana/kit';

const ANOTHER_NODE = 'If this lasts, ask whoever runs this page for another node.';

/** What browsers call a request that came to nothing: Chromium, Firefox, Safari. */
const UNREACHED = /^(Failed to fetch|NetworkError when attempting|Load failed|fetch failed)/;

function ofStatus(status: number): string {
  if (status === 429) return 'The node is asked too often just now (429). Wait a moment, then try again.';
  if (status >= 500) return `The node has a fault (${status}). Try again in a moment. ${ANOTHER_NODE}`;
  if (status === 401 || status === 403)
    return `The node refuses this page (${status}). Ask whoever runs this page for another node.`;
  return `The node did not take the request (${status}). ${ANOTHER_NODE}`;
}

/** What a node says in its own words, if anything. */
function ownWords(error: SolanaError): string | undefined {
  const { __serverMessage, causeMessage, message } = error.context as Record<string, unknown>;
  return [__serverMessage, causeMessage, message].find(
    (words): words is string => typeof words === 'string' && words !== '',
  );
}

function ofSolana(error: SolanaError): string {
  if (isSolanaError(error, SOLANA_ERROR__RPC__TRANSPORT_HTTP_ERROR))
    return ofStatus(error.context.statusCode);
  const { __code: code } = error.context;
  switch (code) {
    case SOLANA_ERROR__JSON_RPC__SERVER_ERROR_NODE_UNHEALTHY:
      return `The node is behind the cluster and answers nothing now. Try again in a moment. ${ANOTHER_NODE}`;
    case SOLANA_ERROR__JSON_RPC__SERVER_ERROR_TRANSACTION_HISTORY_NOT_AVAILABLE:
      return 'The node keeps no history. Ask whoever runs this page for a node that does.';
    case SOLANA_ERROR__JSON_RPC__SERVER_ERROR_UNSUPPORTED_TRANSACTION_VERSION:
      return 'This transaction is of a version that this page cannot read. Load the page again, or look it up in an explorer.';
    default: {
      const words = ownWords(error);
      return words
        ? `The node says: ${words} (${code}).`
        : `What the node answered cannot be read (${code}). Try again. ${ANOTHER_NODE}`;
    }
  }
}

/** A node's failure as sentences that say what to do; `undefined` for any other error. */
export function nodeError(error: unknown): string | undefined {
  if (isSolanaError(error)) return ofSolana(error);
  if (!(error instanceof Error)) return undefined;
  if (error.name === 'TimeoutError') return `The node did not answer in time. Try again. ${ANOTHER_NODE}`;
  if (error instanceof SyntaxError && /JSON|token/.test(error.message))
    return `What the node answered cannot be read. Try again. ${ANOTHER_NODE}`;
  if (!(error instanceof TypeError) || !UNREACHED.test(error.message) || / module/.test(error.message))
    return undefined;
  return globalThis.navigator?.onLine === false
    ? 'You are offline. Connect to the network, then try again.'
    : `The node cannot be reached. Check your connection, then try again. ${ANOTHER_NODE}`;
}
