import { useState, type DragEvent } from 'react';
import type { Address } from '@solana/kit';
import type { EvidenceCheck, Subject } from 'gpu-lease/rules';
import { useChain } from '../chain/Chain';
import { formatError } from '../onchain/formatError';
import { Actions, Bar, Callout, Section, Stat, Stats, TableFrame } from '../ui/Blocks';
import { Button } from '../ui/Button';
import { download } from '../ui/download';
import { FileField } from '../ui/Field';
import { formatCount, formatEnergy, formatShare, shareOf } from '../ui/format';
import { Duration, GpuHours, Time } from '../ui/Values';
import { CAUSE_WORDS, checkRecord, fetchRecord, readRecord, secondsOf, SUBJECT_WORDS } from './record';
import type { LeaseNow } from './useLease';

type Opened = { text: string; check: EvidenceCheck };

/** What the provider's machine recorded of the lease, beside what was attested: from a file that the reader has, or from where the cluster says. */
export function Evidence({ context }: { context: LeaseNow }) {
  const { cluster } = useChain();
  const [opened, setOpened] = useState<Opened>();
  const [problem, setProblem] = useState<string>();
  const { lease } = context;
  async function open(reading: Promise<string>) {
    setProblem(undefined);
    try {
      const text = await reading;
      setOpened({ text, check: checkRecord(context, text) });
    } catch (error) {
      setOpened(undefined);
      setProblem(formatError(error));
    }
  }
  function drop(event: DragEvent) {
    event.preventDefault();
    const file = event.dataTransfer.files[0];
    if (file) void open(readRecord(file));
  }
  return (
    <Section title="Evidence">
      <p>
        The provider’s machine records second by second what it delivered, and each report that it signs has
        the hash of that record. Open the record to see whether it is the one that was signed.
      </p>
      <div onDragOver={(event) => event.preventDefault()} onDrop={drop}>
        <FileField
          label="Choose an evidence file, or drop it here"
          hint="gpu-lease lease evidence writes one, and so does the provider’s agent"
          onFile={(file) => void open(readRecord(file))}
        />
      </div>
      {cluster.records && (
        <Actions>
          <Button onClick={() => void open(fetchRecord(cluster.records!, lease.address))}>
            Fetch the record
          </Button>
          <small>From where this cluster keeps them.</small>
        </Actions>
      )}
      {problem && <Callout tone="risk">{problem}</Callout>}
      {opened && <Report {...opened} lease={lease.address} />}
    </Section>
  );
}

/** What a record says, and what agrees with it. */
function Report({ text, check, lease }: Opened & { lease: Address }) {
  const { delivered, missed } = secondsOf(check);
  const share = shareOf(delivered, delivered + missed);
  const differing = check.comparisons.filter(({ matches }) => !matches);
  return (
    <>
      <Stats>
        <Stat
          label="Delivered"
          note={
            <>
              until <Time at={check.windowEnd} />
            </>
          }
        >
          <GpuHours units={check.units} />
        </Stat>
        <Stat label="Seconds delivered" tone="out">
          <Duration seconds={delivered} />
        </Stat>
        <Stat label="Seconds missed" {...(missed > 0n ? { tone: 'risk' as const } : {})}>
          <Duration seconds={missed} />
        </Stat>
        <Stat label="Energy" note={formatCount(check.rows, 'row')}>
          {formatEnergy(check.energyWh)}
        </Stat>
      </Stats>
      <Bar
        share={share}
        tone={share < 0.95 ? 'risk' : 'in'}
        label={`${formatShare(share)} of the seconds were delivered`}
      />
      {check.causes.length > 0 && (
        <TableFrame label="Seconds by cause">
          <thead>
            <tr>
              <th>What happened</th>
              <th>Delivered</th>
              <th>Missed</th>
            </tr>
          </thead>
          <tbody>
            {check.causes.map(({ cause, seconds, isDelivered }) => (
              <tr key={cause}>
                <td>{CAUSE_WORDS[cause]}</td>
                <td>{isDelivered && <Duration seconds={seconds} />}</td>
                <td>{!isDelivered && <Duration seconds={seconds} />}</td>
              </tr>
            ))}
          </tbody>
        </TableFrame>
      )}
      <TableFrame label="What was compared">
        <thead>
          <tr>
            <th>Compared</th>
            <th>With what was signed</th>
            <th>With the chain</th>
          </tr>
        </thead>
        <tbody>
          {SUBJECTS.filter((subject) => check.comparisons.some((it) => it.subject === subject)).map(
            (subject) => (
              <tr key={subject}>
                <td>{SUBJECT_WORDS[subject]}</td>
                {(['statement', 'chain'] as const).map((witness) => {
                  const found = check.comparisons.find((it) => it.subject === subject && it.with === witness);
                  return <td key={witness}>{found && (found.matches ? 'matches' : 'differs')}</td>;
                })}
              </tr>
            ),
          )}
        </tbody>
      </TableFrame>
      {differing.length === 0 ? (
        <Callout tone="out">
          {check.comparisons.some(({ subject }) => subject === 'evidence')
            ? 'The record is the one that was signed: units, energy and hash follow from its rows.'
            : 'Nothing was attested yet that the record could be compared with.'}
        </Callout>
      ) : (
        <Callout tone="risk">
          The record is not the one that was signed.
          <ul>
            {differing.map(({ with: witness, subject, here, there }) => (
              <li key={`${witness} ${subject}`}>
                {SUBJECT_WORDS[subject]}: {here} in the record, {there}{' '}
                {witness === 'chain' ? 'on chain' : 'in what was signed'}
              </li>
            ))}
          </ul>
        </Callout>
      )}
      <Actions>
        <Button small onClick={() => download(`${lease}.evidence.json`, text, 'application/json')}>
          Save for an arbiter
        </Button>
        <small>One file with the rows and what was signed about them. Anyone can replay it.</small>
      </Actions>
    </>
  );
}

const SUBJECTS = Object.keys(SUBJECT_WORDS) as Subject[];
