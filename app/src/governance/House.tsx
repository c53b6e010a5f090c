import type { Tally } from 'gpu-lease';
import type { Token } from '../chain/accounts';
import { Amount } from '../ui/Values';
import styles from './House.module.css';

type Props = {
  name: string;
  who: string;
  tally: Tally;
  token: Pick<Token, 'decimals' | 'symbol'>;
  /** Which side needs the quorum. */
  deciding: 'for' | 'against';
  verdict: string;
};

const percent = (part: bigint, whole: bigint) => (whole > 0n ? Number((part * 10_000n) / whole) / 100 : 0);

/** A house's votes as a bar of all that could be cast, with the quorum marked. */
export function House({ name, who, tally, token, deciding, verdict }: Props) {
  const { votesFor, votesAgainst, electorate, quorum } = tally;
  const [yes, no, mark] = [
    percent(votesFor, electorate),
    percent(votesAgainst, electorate),
    percent(quorum, electorate),
  ];
  // The quorum is counted from the side that needs it.
  const place = deciding === 'for' ? mark : 100 - mark;
  return (
    <div className={styles.house}>
      <header>
        <h3>{name}</h3>
        <span>{who}</span>
      </header>
      <div
        className={styles.bar}
        role="img"
        aria-label={`${yes}% for, ${no}% against, of all that can vote; ${mark}% ${deciding} needed`}
      >
        <span className={styles.for} style={{ inlineSize: `${yes}%` }} />
        <span className={styles.against} style={{ inlineSize: `${no}%` }} />
        <i style={{ insetInlineStart: `${place}%` }} />
      </div>
      <dl>
        <div>
          <dt>For</dt>
          <dd>
            <Amount value={votesFor} token={token} tone="in" />
          </dd>
        </div>
        <div>
          <dt>Against</dt>
          <dd>
            <Amount value={votesAgainst} token={token} tone="risk" />
          </dd>
        </div>
        <div>
          <dt>Needed {deciding}</dt>
          <dd>
            <Amount value={quorum} token={token} />
          </dd>
        </div>
      </dl>
      <p>{verdict}</p>
    </div>
  );
}
