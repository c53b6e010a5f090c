import { Callout, Section, Stat, Stats } from '../ui/Blocks';
import { formatDuration } from '../ui/format';
import { Amount, Time } from '../ui/Values';
import { Relative } from '../onchain/Relative';
import { dayInWords, forecast } from '../outlook/forecast';
import type { LeaseNow } from './useLease';

/** Where the money is, this second. */
export function Money({ context }: { context: LeaseNow }) {
  const { outlook, token, lease } = context;
  const { money, phase } = outlook;
  const amount = (value: bigint) => <Amount value={value} token={token} places={4} />;
  return (
    <Section title="Money">
      {lease.startedAt > 0n && (phase === 'running' || phase === 'exhausted') && (
        <Funding context={context} />
      )}
      <Stats>
        <Stat label="Deposited" note="held in this lease’s escrow">
          {amount(money.deposited)}
        </Stat>
        <Stat label="Paid" tone="out" note="released for accepted usage">
          {amount(money.paid)}
        </Stat>
        <Stat label="Due now" tone="out" note="final; anyone can settle it">
          {amount(money.due)}
        </Stat>
        <Stat
          label="Not final yet"
          {...(money.inChallenge > 0n ? { tone: 'risk' as const } : {})}
          note={
            outlook.claimMaturesAt ? (
              <>
                final <Relative at={outlook.claimMaturesAt} /> unless disputed
              </>
            ) : (
              'no report is open to dispute'
            )
          }
        >
          {amount(money.inChallenge)}
        </Stat>
        <Stat label="Refundable" tone="in" note="comes back if nothing more is delivered">
          {amount(money.refundable)}
        </Stat>
        <Stat label="Provider’s bond" note="covers missing uptime">
          {amount(money.bond)}
        </Stat>
      </Stats>
    </Section>
  );
}

/** Until when the deposit lasts, at full delivery and as usage went so far. */
function Funding({ context: { outlook, now } }: { context: LeaseNow }) {
  const { fundedUntil, endsAt, usedUpAt, phase } = outlook;
  const state = forecast({ now, fundedUntil, endsAt, usedUpAt });
  if (phase === 'exhausted')
    return (
      <Callout tone="risk">
        <strong>The deposit is used up.</strong> The provider may stop at once. A top-up pays for what was
        delivered in the meantime and lets the lease go on.
      </Callout>
    );
  if (state === 'covered')
    return (
      <p>
        Funded until the end, <Time at={endsAt} />.
      </p>
    );
  const pace =
    usedUpAt !== null && usedUpAt > now && usedUpAt !== fundedUntil
      ? usedUpAt >= endsAt
        ? 'At the usage so far, it will last until the end.'
        : `At the usage so far, it will last another ${formatDuration(usedUpAt - now)}.`
      : null;
  if (state === 'soon')
    return (
      <Callout tone="risk">
        <strong>
          The deposit runs out <Relative at={usedUpAt ?? fundedUntil} />.
        </strong>{' '}
        Top up to keep the GPUs; the lease ends <Relative at={endsAt} />.
      </Callout>
    );
  const day = dayInWords(fundedUntil, now);
  return (
    <p>
      Funded until {day ?? <Time at={fundedUntil} />} (<Relative at={fundedUntil} />) at full use; the lease
      ends <Relative at={endsAt} />. {pace} You can top up at any time before that.
    </p>
  );
}
