import { useState } from 'react';
import { NOBODY } from 'gpu-lease';
import {
  addressFault,
  keepGuardAddress,
  useGuard,
  useGuardAddress,
  type GuardStatus,
  type WatchedLease,
} from '../chain/guard';
import { formatError } from '../onchain/formatError';
import { AddressText } from '../onchain/AddressText';
import { Actions, Badge, Callout, Fact, Facts, Section, Stat, Stats } from '../ui/Blocks';
import { Button } from '../ui/Button';
import { TextField } from '../ui/Field';
import { Form } from '../ui/Form';
import { Duration, GpuHours, Time } from '../ui/Values';
import styles from './GuardView.module.css';
import { doingWords, modeWords, newsOfLease, watchedAs } from './guarded';
import type { LeaseNow } from './useLease';

/** Who guards the lease, and what that saw. */
export function GuardView({ context }: { context: LeaseNow }) {
  const { lease, roles } = context;
  const address = useGuardAddress();
  const guard = useGuard(address);
  const isOurs = (['renter', 'payer', 'sessionKey'] as const).some((role) => roles.includes(role));
  return (
    <Section title="Guard">
      <p>
        A guard watches the lease in its renter’s place: it co-signs what was delivered, and disputes what was
        not.
      </p>
      <Facts>
        <Fact label="Session key">
          {lease.sessionKey === NOBODY ? (
            'None: nobody acts for the renter while it does not look'
          ) : (
            <AddressText address={lease.sessionKey} />
          )}
        </Fact>
      </Facts>
      {address !== undefined && guard.data && <Seen guard={guard.data} context={context} />}
      {address !== undefined && guard.error && <Callout tone="risk">{formatError(guard.error)}</Callout>}
      {isOurs && <Where address={address} />}
    </Section>
  );
}

/** What a guard says that it saw. */
function Seen({ guard, context: { lease } }: { guard: GuardStatus; context: LeaseNow }) {
  const watched = watchedAs(guard, lease);
  const news = newsOfLease(guard, lease);
  const acts = guard.keys.includes(lease.sessionKey);
  return (
    <>
      <p>
        It says: <Badge tone={acts ? 'in' : undefined}>{modeWords(guard.mode)}</Badge>{' '}
        {guard.isStandby && <Badge>standby: only disputes</Badge>}
      </p>
      {!acts && (
        <Callout>This guard has another session key: it cannot act for the renter of this lease.</Callout>
      )}
      {watched ? <Figures watched={watched} /> : <Callout>It does not watch this lease.</Callout>}
      {news.length > 0 && (
        <ol className={styles.news} aria-label="What the guard has told">
          {news.map(({ at, kind, text }) => (
            <li key={`${kind} ${at} ${text}`}>
              <small>
                <Time at={at} />
              </small>
              {text}
            </li>
          ))}
        </ol>
      )}
    </>
  );
}

function Figures({ watched }: { watched: WatchedLease }) {
  const { since, reachedAt, loggedInAt, bound, boundUntil, missed, lossLimit, doing } = watched;
  const when = (at: bigint | null) => (at === null ? 'never' : <Time at={at} />);
  return (
    <Stats>
      <Stat
        label="Delivered at most"
        note={
          <>
            until <Time at={boundUntil} />
          </>
        }
      >
        <GpuHours units={bound} />
      </Stat>
      <Stat
        label="Missed"
        {...(missed > 0n ? { tone: 'risk' as const } : {})}
        note={
          <>
            since <Time at={since} />
          </>
        }
      >
        <Duration seconds={missed} />
      </Stat>
      <Stat label="Machine answered" note={<>logged in: {when(loggedInAt)}</>}>
        {when(reachedAt)}
      </Stat>
      <Stat
        label="Newest report"
        note={
          <>
            loss limit <GpuHours units={lossLimit} />
          </>
        }
      >
        {doingWords(doing)}
      </Stat>
    </Stats>
  );
}

/** Where the reader's guard is asked. */
function Where({ address }: { address: string | undefined }) {
  const [typed, setTyped] = useState<string>();
  const text = (typed ?? address ?? '').trim();
  const fault = typed === undefined || text === '' ? undefined : addressFault(text);
  const save = () => {
    keepGuardAddress(text === '' ? null : text);
    setTyped(undefined);
  };
  return (
    <Form onSubmit={save}>
      <TextField
        label="Where your guard tells what it saw"
        hint="As its configuration says under monitoring. Set one up with gpu-lease guard init."
        placeholder="http://127.0.0.1:9481"
        inputMode="url"
        value={typed ?? address ?? ''}
        error={fault}
        onChange={({ target }) => setTyped(target.value)}
      />
      <Actions>
        <Button small type="submit" disabled={typed === undefined || fault !== undefined}>
          Ask it there
        </Button>
      </Actions>
    </Form>
  );
}
