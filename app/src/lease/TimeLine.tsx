import { Relative } from '../onchain/Relative';
import { Time } from '../ui/Values';
import { milestones } from './milestones';
import styles from './TimeLine.module.css';
import type { LeaseNow } from './useLease';

/** The moments of a lease's life, past and to come. */
export function TimeLine({ context: { lease, outlook, now } }: { context: LeaseNow }) {
  return (
    <ol className={styles.line}>
      {milestones(lease, outlook).map(({ name, at, note }) => (
        <li key={name} data-past={at <= now || undefined}>
          <strong>{name}</strong>
          <Time at={at} />
          <small>
            <Relative at={at} />
            {note && `, ${note}`}
          </small>
        </li>
      ))}
    </ol>
  );
}
