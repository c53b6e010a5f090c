import { useTokens } from '../chain/accounts';

/** The accepted mints, to choose one in a `Select`. */
export const TokenOptions = () =>
  [...useTokens().values()].map(({ mint, symbol }) => (
    <option key={mint} value={mint}>
      {symbol}
    </option>
  ));
