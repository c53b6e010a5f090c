import { useState } from 'react';
import { extendLease } from 'gpu-lease';
import { program } from 'gpu-lease/rules';
import { Fact, Facts } from '../../ui/Blocks';
import { TextField } from '../../ui/Field';
import { formatDuration } from '../../ui/format';
import { parseNumber } from '../../ui/number';
import { Amount, Time } from '../../ui/Values';
import { priceOfLonger } from '../../outlook/forecast';
import { ActionDialog, type ActionProps } from './ActionDialog';

/** Lets a lease run longer. */
export function Extend({ context, onClose }: ActionProps) {
  const { lease, token, now } = context;
  const [hours, setHours] = useState('24');
  const read = parseNumber(hours);
  const more = typeof read === 'number' ? Math.round(read * 3_600) : 0;
  const duration = lease.duration + more;
  const isNumber = more > 0 && duration < 2 ** 32;
  const effect = isNumber ? program().extendEffect(lease.bytes, duration, now) : undefined;
  const after = effect?.after;
  const missing = after && after.fundedUntil < after.endsAt;
  return (
    <ActionDialog
      context={context}
      onClose={onClose}
      title="Extend the lease"
      isReady={effect !== undefined}
      refusal={effect?.refusal}
      instructions={async () => [await extendLease(context, duration)]}
    >
      <TextField
        label="Longer by"
        unit="hours"
        inputMode="decimal"
        value={hours}
        onChange={(event) => setHours(event.target.value)}
        error={isNumber ? undefined : typeof read === 'string' ? read : 'Enter a number of hours.'}
        hint={`At most ${formatDuration(lease.terms.maxDuration)} in total; it is ${formatDuration(lease.duration)} now.`}
      />
      {after && (
        <Facts>
          <Fact label="Ends">
            <Time at={after.endsAt} />
          </Fact>
          <Fact label="Funded until">{missing ? <Time at={after.fundedUntil} /> : 'the end'}</Fact>
          <Fact label="Price of the extra time, if all of it is delivered">
            <Amount value={priceOfLonger(context, more)} token={token} tone="out" />
          </Fact>
        </Facts>
      )}
      {missing && <p>Extending does not add money. Top up as well, so that the extra time is funded.</p>}
    </ActionDialog>
  );
}
