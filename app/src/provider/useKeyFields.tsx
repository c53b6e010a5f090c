import { isAddress, type Address } from '@solana/kit';
import { useState } from 'react';
import { NOBODY } from 'gpu-lease';
import { TextField } from '../ui/Field';

export type HotKeys = { attestor: Address; operator: Address };

/** Fields for a provider's hot keys, and what is typed there; `undefined` while it is none. */
export function useKeyFields(before: HotKeys) {
  const [attestor, setAttestor] = useState<string>(before.attestor);
  const [operator, setOperator] = useState<string>(before.operator === NOBODY ? '' : before.operator);
  const error = (key: string) => (isAddress(key) ? undefined : 'This is not a valid address.');
  const typed = { attestor: attestor.trim(), operator: operator.trim() || NOBODY };
  const keys =
    isAddress(typed.attestor) && isAddress(typed.operator)
      ? { attestor: typed.attestor, operator: typed.operator }
      : undefined;
  const fields = (
    <>
      <TextField
        label="Attestor"
        value={attestor}
        onChange={(event) => setAttestor(event.target.value)}
        error={error(typed.attestor)}
        hint="Signs how much was delivered. It can be this wallet, but a key held by your meter is better: it moves no money."
      />
      <TextField
        label="Operator (optional)"
        placeholder="address"
        value={operator}
        onChange={(event) => setOperator(event.target.value)}
        error={error(typed.operator)}
        hint="Starts leases with bonds from the bond accounts, so that a machine can do it by itself. It cannot withdraw; but if it is stolen, what those accounts hold can be lost."
      />
    </>
  );
  return { fields, keys };
}
