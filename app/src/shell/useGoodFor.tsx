import { useState } from 'react';
import { HANDED_OVER } from 'gpu-lease';
import { Select } from '../ui/Field';

const MINUTE = 0;
const CHOICES: [number, string][] = [
  [MINUTE, 'a minute'],
  [3_600, 'an hour'],
  [86_400, 'a day'],
  [604_800, 'a week'],
];

/** How long the other party has to sign: longer than a minute takes a durable nonce. */
export function useGoodFor() {
  const [seconds, setSeconds] = useState(MINUTE);
  const lasts = seconds !== MINUTE;
  const field = (
    <Select
      label="The other party signs within"
      value={seconds}
      onChange={(event) => setSeconds(Number(event.target.value))}
      hint={
        lasts
          ? 'It stays good until then, unless it is used, or you withdraw it under “Sign”. That takes a transaction of its own first, and a small rent that you get back there.'
          : 'Choose longer if the other party cannot sign soon.'
      }
    >
      {CHOICES.map(([value, name]) => (
        <option key={value} value={value}>
          {name}
        </option>
      ))}
    </Select>
  );
  return { field, lasts, validFor: lasts ? BigInt(seconds) : HANDED_OVER };
}
