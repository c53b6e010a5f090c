import { Link } from 'react-router';
import type { Keyed, Kinds } from 'gpu-lease';
import { program } from 'gpu-lease/rules';
import { useAccounts, useFeeParams, useTokens } from '../chain/accounts';
import { useNow } from '../chain/clock';
import { Badge, Empty, Section, Skeleton } from '../ui/Blocks';
import { formatCount, formatRelative } from '../ui/format';
import { Guard } from '../ui/Guard';
import { Read } from '../onchain/Read';
import { readingOf } from '../ui/reading';
import styles from './Proposals.module.css';
import { PROPOSAL_TONES, actionWords, phaseWords, tokenOf } from './words';

/** Every proposal, the newest first. */
export function Proposals() {
  const proposals = useAccounts('proposal');
  const sorted = [...(proposals.data ?? [])].sort((a, b) => Number(b.id - a.id));
  return (
    <Section
      title="Proposals"
      aside={proposals.data && <span>{formatCount(sorted.length, 'proposal')}</span>}
    >
      <Read of={readingOf(proposals)} what="the proposals" waiting={<Skeleton lines={6} />}>
        {() =>
          sorted.length === 0 ? (
            <Empty title="No proposals yet">Anyone can make one below, for a deposit that comes back.</Empty>
          ) : (
            <ul className={styles.list}>
              {sorted.map((proposal) => (
                <li key={proposal.address}>
                  <Link to={`/governance/${proposal.id}`}>
                    <span className={styles.id}>{proposal.id.toString()}</span>
                    <Guard
                      about={proposal}
                      fallback={<span className={styles.words}>This proposal cannot be shown.</span>}
                    >
                      <Row proposal={proposal} />
                    </Guard>
                  </Link>
                </li>
              ))}
            </ul>
          )
        }
      </Read>
    </Section>
  );
}

function Row({ proposal }: { proposal: Keyed<Kinds['proposal']> }) {
  const { feeBps } = useFeeParams();
  const tokens = useTokens();
  const now = useNow();
  const outlook = program().proposalOutlook(proposal.bytes, feeBps, now, 0n);
  return (
    <>
      <span className={styles.words}>
        <strong>{actionWords(outlook.action, proposal.feeBps, tokenOf(outlook.action, tokens))}</strong>
        <small>{phaseWords(outlook, (moment) => formatRelative(moment, now))}</small>
      </span>
      <Badge tone={PROPOSAL_TONES[outlook.phase]}>{outlook.phase}</Badge>
    </>
  );
}
