import { Fact, Facts } from '../ui/Blocks';
import { Amount } from '../ui/Values';
import type { Division } from '../rules';
import type { Token } from '../chain/accounts';
import type { LiveLease } from './useLease';

/** Who gets what of a vault. */
export function DivisionFacts({ division, token }: { division: Division; token: Token }) {
  const amount = (value: bigint, tone?: 'in' | 'out') => <Amount value={value} token={token} tone={tone} places={6} />;
  return (
    <Facts>
      <Fact label="To the payer, back">{amount(division.refund + division.credit, 'in')}</Fact>
      {division.credit > 0n && <Fact label="of which for missing GPU time, out of the bond">{amount(division.credit, 'in')}</Fact>}
      <Fact label="Still to the provider">{amount(division.payout, 'out')}</Fact>
      <Fact label="Bond back to the provider">{amount(division.bond)}</Fact>
      <Fact label="Fees">{amount(division.fees)}</Fact>
    </Facts>
  );
}

export const Closing = ({ live: { outlook, token } }: { live: LiveLease }) => <DivisionFacts division={outlook.ifClosed} token={token} />;
