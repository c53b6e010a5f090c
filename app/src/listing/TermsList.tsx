import { NOBODY, type Terms } from 'gpu-lease';
import type { Token } from '../chain/accounts';
import { Fact, Facts } from '../ui/Blocks';
import { formatBps, formatCount } from '../ui/format';
import { AddressText } from '../onchain/AddressText';
import { Amount, Duration } from '../ui/Values';

/** Terms in words. They are copied into the lease; nothing changes them afterwards. */
export function TermsList({ terms, token }: { terms: Terms; token: Token }) {
  return (
    <Facts>
      <Fact label="Price per GPU-hour, counted by the second">
        <Amount value={terms.price} token={token} places={6} />
      </Fact>
      <Fact label="Length">
        <Duration seconds={terms.minDuration} /> to <Duration seconds={terms.maxDuration} />
      </Fact>
      <Fact label="Notice to end it early, by either side">
        <Duration seconds={terms.notice} />
      </Fact>
      <Fact label="Time to dispute usage that was not co-signed">
        <Duration seconds={terms.challengeWindow} />
      </Fact>
      <Fact label="Silence of the provider after which the renter may end it">
        <Duration seconds={terms.heartbeatTimeout} />
      </Fact>
      <Fact label="Promised uptime">{formatBps(terms.slaUptimeBps)}</Fact>
      <Fact label="What a missing second costs the provider, as a share of its price">
        {formatBps(terms.slaPenaltyBps)}
      </Fact>
      <Fact label="Provider’s bond">{formatCount(terms.bondHours, 'hour')} of the price</Fact>
      {terms.verifier !== NOBODY && (
        <Fact label="Verifier, who signs usage too">
          <AddressText address={terms.verifier} />
        </Fact>
      )}
      <Fact label="Mint">
        <AddressText address={terms.mint} name={token.symbol} />
      </Fact>
    </Facts>
  );
}
