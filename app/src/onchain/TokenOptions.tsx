import { UNNAMED, useTokens, type Token } from '../chain/accounts';
import { Badge } from '../ui/Blocks';

/** The accepted mints, to choose one in a `Select`. */
export const TokenOptions = () =>
  [...useTokens().values()].map(({ mint, symbol, rank }) => (
    <option key={mint} value={mint}>
      {symbol}
      {rank === UNNAMED && ' (unknown currency)'}
    </option>
  ));

/** Marks an amount in a mint that the cluster's description does not name: it may be anybody's, and worth nothing. */
export const UnknownToken = ({ token }: { token: Token }) =>
  token.rank === UNNAMED && <Badge tone="risk">unknown currency</Badge>;
