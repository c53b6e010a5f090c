import type { Closing } from 'gpu-lease/rules';
import { Fact, Facts } from '../ui/Blocks';
import { Amount } from '../ui/Values';
import type { Token } from '../chain/accounts';

/** Who gets what of a vault that is closed. */
export function ClosingFacts({ closing, token }: { closing: Closing; token: Token }) {
  const amount = (value: bigint, tone?: 'in' | 'out') => (
    <Amount value={value} token={token} tone={tone} places={6} />
  );
  return (
    <Facts>
      <Fact label="Back to the payer">{amount(closing.refund + closing.credit, 'in')}</Fact>
      {closing.credit > 0n && (
        <Fact label="of that, for missing GPU time, from the bond">{amount(closing.credit, 'in')}</Fact>
      )}
      <Fact label="Still to be paid to the provider">{amount(closing.payout, 'out')}</Fact>
      <Fact label="Bond returned to the provider">{amount(closing.bond)}</Fact>
      <Fact label="Fees">{amount(closing.fees)}</Fact>
    </Facts>
  );
}
