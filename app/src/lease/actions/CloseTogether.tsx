import { useState } from 'react';
import { closeLease, NOBODY } from 'gpu-lease';
import { program } from 'gpu-lease/rules';
import { Checkbox, TextField } from '../../ui/Field';
import { formatGpuHours, formatMoney, parseAmount, parseCount, writeAmount } from '../../ui/format';
import { ClosingFacts } from '../ClosingFacts';
import { useGoodFor } from '../../shell/useGoodFor';
import { ActionDialog, type ActionProps } from './ActionDialog';

/** Ends a lease at once, as both parties agree to divide it. No claim or dispute in the meantime changes what they sign for. */
export function CloseTogether({ context, onClose }: ActionProps) {
  const { lease, provider, token, outlook, now, roles } = context;
  const { field, lasts, validFor } = useGoodFor();
  const { claimed, accepted } = outlook.usage;
  const [least, most] = outlook.dispute
    ? [outlook.dispute.renterUnits, outlook.dispute.providerUnits]
    : [accepted, claimed];
  // An operator gives nothing up: it agrees to all that is claimed, and to nothing out of the bond.
  const isOperator = roles.includes('operator') && !roles.includes('renter');
  const [byOperator, setByOperator] = useState(isOperator);
  const [text, setText] = useState(most.toString());
  const [back, setBack] = useState(writeAmount(outlook.ifClosed.credit, token.decimals));
  const units = byOperator ? most : parseCount(text);
  const credit = byOperator ? 0n : parseAmount(back, token.decimals);
  const unitsError =
    typeof units === 'string'
      ? units
      : units < least || units > most
        ? `From ${least}, which are accepted, to ${most}, which are claimed.`
        : undefined;
  const { bond } = lease.ledger;
  const creditError =
    typeof credit === 'string'
      ? credit
      : credit > bond
        ? `At most the bond, ${formatMoney(bond, token)}.`
        : undefined;
  const isRead = typeof units === 'bigint' && typeof credit === 'bigint' && !unitsError && !creditError;
  const outcome = isRead ? program().agreedOutcome(lease.bytes, units, credit, now) : undefined;
  return (
    <ActionDialog
      context={context}
      onClose={onClose}
      title="Close it together"
      isReady={outcome?.refusal === null}
      refusal={outcome?.refusal}
      lasts={lasts}
      instructions={async (closer) =>
        isRead
          ? closeLease(context, closer, {
              units,
              credit,
              validFor,
              key: byOperator ? provider.operator : provider.authority,
            })
          : []
      }
    >
      <p>
        Both parties sign these two figures. Nothing that happens in the meantime changes the outcome; the
        rest of the deposit goes back to the payer.
      </p>
      {roles.includes('renter') && provider.operator !== NOBODY && (
        <Checkbox
          label="The provider’s operator signs: all reported usage then counts, and nothing comes out of the bond"
          checked={byOperator}
          onChange={(event) => setByOperator(event.target.checked)}
        />
      )}
      {byOperator ? (
        <p>
          All {formatGpuHours(most)} GPU-h claimed are paid for, and the whole bond returns to the provider.
        </p>
      ) : (
        <>
          <TextField
            label="Paid for in total"
            unit="GPU-seconds"
            inputMode="numeric"
            value={text}
            onChange={(event) => setText(event.target.value)}
            error={unitsError}
            hint={
              typeof units === 'bigint' &&
              `${formatGpuHours(units)} GPU-h of ${formatGpuHours(most)} GPU-h claimed.`
            }
          />
          <TextField
            label="From the bond to the payer"
            unit={token.symbol}
            inputMode="decimal"
            value={back}
            onChange={(event) => setBack(event.target.value)}
            error={creditError}
            hint={`For missing GPU time; the bond is ${formatMoney(bond, token)}.`}
          />
        </>
      )}
      {field}
      {outcome?.closing && <ClosingFacts closing={outcome.closing} token={token} />}
    </ActionDialog>
  );
}
