import {
  SolanaError,
  SOLANA_ERROR__JSON_RPC__INVALID_PARAMS,
  SOLANA_ERROR__JSON_RPC__SERVER_ERROR_NODE_UNHEALTHY,
  SOLANA_ERROR__JSON_RPC__SERVER_ERROR_UNSUPPORTED_TRANSACTION_VERSION,
  SOLANA_ERROR__RPC__INTEGER_OVERFLOW,
  SOLANA_ERROR__RPC__TRANSPORT_HTTP_ERROR,
} from '@solana/kit';
import { describe, expect, it } from 'vitest';
import { nodeError } from './nodeErrors';

const http = (statusCode: number) =>
  new SolanaError(SOLANA_ERROR__RPC__TRANSPORT_HTTP_ERROR, {
    statusCode,
    message: 'x',
    headers: new Headers(),
  });

/** As the built page has it: without the text. */
const solana = (code: number, context: object) => new SolanaError(code as never, context as never);

describe('a failure of a node', () => {
  it.each([
    [http(429), /asked too often.*Wait a moment, then try again/],
    [http(502), /fault \(502\).*Try again in a moment/],
    [http(403), /refuses this page.*another node/],
    [http(418), /did not take the request \(418\)/],
    [
      solana(SOLANA_ERROR__JSON_RPC__SERVER_ERROR_NODE_UNHEALTHY, { __serverMessage: 'behind' }),
      /behind the cluster.*Try again/,
    ],
    [
      solana(SOLANA_ERROR__JSON_RPC__SERVER_ERROR_UNSUPPORTED_TRANSACTION_VERSION, {}),
      /a version that this page cannot read/,
    ],
    [solana(SOLANA_ERROR__RPC__INTEGER_OVERFLOW, {}), /cannot be read.*Try again/],
    [new TypeError('Failed to fetch'), /cannot be reached.*try again/],
    [new TypeError('NetworkError when attempting to fetch resource.'), /cannot be reached/],
    [new TypeError('Load failed'), /cannot be reached/],
    [new DOMException('signal timed out', 'TimeoutError'), /did not answer in time/],
    [new SyntaxError('Unexpected token <'), /cannot be read/],
  ])('%s is a sentence that says what to do', (error, sentence) => {
    expect(nodeError(error)).toMatch(sentence);
    expect(nodeError(error)).not.toMatch(/npx|Solana error|#\d/);
    expect(nodeError(error)).toMatch(/\.$/);
  });

  it('is told whole in the words of the node, whatever is in them', () => {
    expect(
      nodeError(
        solana(SOLANA_ERROR__JSON_RPC__INVALID_PARAMS, {
          __serverMessage: 'index excluded; use getTokenAccounts; or pay',
        }),
      ),
    ).toBe('The node says: index excluded; use getTokenAccounts; or pay (-32602).');
  });

  it('is nothing else: errors of the page and of wallets keep their own words', () => {
    expect(nodeError(new TypeError("Cannot read properties of undefined (reading 'x')"))).toBeUndefined();
    expect(
      nodeError(new TypeError('Failed to fetch dynamically imported module: /assets/Rent.js')),
    ).toBeUndefined();
    expect(nodeError('rejected')).toBeUndefined();
  });
});
