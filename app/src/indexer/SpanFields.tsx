import { Fields } from '../ui/Blocks';
import { Select } from '../ui/Field';
import styles from './SpanFields.module.css';
import { PERIODS, type Period } from './periods';

export const SPANS: [days: number, name: string][] = [
  [30, '30 days'],
  [90, '90 days'],
  [365, 'a year'],
];

/** How far back something is shown, and in what steps. */
export function SpanFields({
  days,
  onDays,
  period,
  onPeriod,
}: {
  days: number;
  onDays: (days: number) => void;
  period?: Period;
  onPeriod?: (period: Period) => void;
}) {
  return (
    <div className={styles.span}>
      <Fields>
        <Select label="The last" value={days} onChange={({ target }) => onDays(Number(target.value))}>
          {SPANS.map(([days, name]) => (
            <option key={days} value={days}>
              {name}
            </option>
          ))}
        </Select>
        {period && onPeriod && (
          <Select
            label="In steps of"
            value={period}
            onChange={({ target }) => onPeriod(target.value as Period)}
          >
            {PERIODS.map((period) => (
              <option key={period} value={period}>
                a {period}
              </option>
            ))}
          </Select>
        )}
      </Fields>
    </div>
  );
}
