import { useState } from 'react';
import { resolveDispute } from 'gpu-lease';
import { program } from 'gpu-lease/rules';
import { Fact, Facts } from '../../ui/Blocks';
import { TextField } from '../../ui/Field';
import { formatGpuHours, parseCount } from '../../ui/format';
import { Amount, GpuHours } from '../../ui/Values';
import { ClosingFacts } from '../ClosingFacts';
import { ActionDialog, type ActionProps } from './ActionDialog';

/** The arbiter chooses a figure between the two. */
export function Resolve({ context, onClose }: ActionProps) {
  const { lease, token, now, outlook } = context;
  const figures = outlook.dispute;
  const [text, setText] = useState(String(figures ? (figures.renterUnits + figures.providerUnits) / 2n : 0n));
  const units = parseCount(text);
  const result = typeof units === 'string' ? undefined : program().resolveOutcome(lease.bytes, units, now);
  return (
    <ActionDialog
      context={context}
      onClose={onClose}
      title="Decide the dispute"
      isReady={result?.outcome !== undefined && result?.outcome !== null}
      refusal={result?.refusal}
      instructions={() => resolveDispute(context, typeof units === 'bigint' ? units : 0n)}
    >
      {figures && (
        <Facts>
          <Fact label="The renter admits">
            {figures.renterUnits.toString()} (<GpuHours units={figures.renterUnits} />)
          </Fact>
          <Fact label="The provider claims">
            {figures.providerUnits.toString()} (<GpuHours units={figures.providerUnits} />)
          </Fact>
          <Fact label="In dispute">
            <Amount value={figures.inDispute} token={token} tone="risk" places={6} />
          </Fact>
        </Facts>
      )}
      <TextField
        label="Your finding, since the start"
        unit="GPU-seconds"
        inputMode="numeric"
        value={text}
        onChange={(event) => setText(event.target.value)}
        error={typeof units === 'string' ? units : undefined}
        hint={
          typeof units === 'string'
            ? undefined
            : `${formatGpuHours(units)} GPU-h. Each side pays you in proportion to how far its figure is from yours.`
        }
      />
      {result?.outcome && (
        <>
          <Facts>
            <Fact label="You are paid by the renter’s side">
              <Amount value={result.outcome.feeFromRenter} token={token} tone="in" places={6} />
            </Fact>
            <Fact label="You are paid by the provider">
              <Amount value={result.outcome.feeFromProvider} token={token} tone="in" places={6} />
            </Fact>
          </Facts>
          <ClosingFacts closing={result.outcome.closing} token={token} />
        </>
      )}
    </ActionDialog>
  );
}
