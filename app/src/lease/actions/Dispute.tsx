import { useState } from 'react';
import { disputeLease } from 'gpu-lease';
import { program } from 'gpu-lease/rules';
import { Fact, Facts } from '../../ui/Blocks';
import { TextField } from '../../ui/Field';
import { formatGpuHours, parseCount } from '../../ui/format';
import { Amount, Time } from '../../ui/Values';
import { ActionDialog, type ActionProps } from './ActionDialog';
import { Outcomes } from './Outcomes';

/** Refuses a claim above what the renter admits. What it can cost and bring is shown first. */
export function Dispute({ context, onClose }: ActionProps) {
  const { lease, token, now, outlook } = context;
  const [text, setText] = useState(outlook.usage.accepted.toString());
  const units = parseCount(text);
  const result = typeof units === 'string' ? undefined : program().disputeOutcome(lease.bytes, units, now);
  const consequences = result?.consequences;
  return (
    <ActionDialog
      context={context}
      onClose={onClose}
      title="Dispute the usage"
      isReady={consequences !== undefined && consequences !== null}
      refusal={result?.refusal}
      instructions={async (party) => [
        await disputeLease(context, party, typeof units === 'bigint' ? units : 0n),
      ]}
    >
      <p>
        You name the usage that you admit. It is accepted at once, the lease ends, and the arbiter chooses a
        figure between yours and the provider’s within seven days.
      </p>
      <TextField
        label="You admit, since the start"
        unit="GPU-seconds"
        inputMode="numeric"
        value={text}
        onChange={(event) => setText(event.target.value)}
        error={typeof units === 'string' ? units : undefined}
        hint={
          result &&
          `At least ${result.accepted}, which are final; ${result.claimed} are claimed (${formatGpuHours(result.claimed)} GPU-h). ${typeof units === 'string' ? '' : `This is ${formatGpuHours(units)} GPU-h.`}`
        }
      />
      {consequences && (
        <>
          <Facts>
            <Fact label="In dispute">
              <Amount value={consequences.inDispute} token={token} tone="risk" places={6} />
            </Fact>
            <Fact label="You set aside for the arbiter">
              <Amount value={consequences.stake} token={token} tone="out" places={6} />
            </Fact>
            <Fact label="The arbiter has until">
              <Time at={consequences.deadline} />
            </Fact>
          </Facts>
          <Outcomes
            token={token}
            outcomes={[
              ['At best: your figure counts', consequences.best],
              ['The arbiter does not answer: the midpoint counts', consequences.undecided],
              ['At worst: the provider’s figure counts', consequences.worst],
            ]}
          />
        </>
      )}
    </ActionDialog>
  );
}
