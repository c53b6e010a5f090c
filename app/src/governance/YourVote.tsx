import { isAddress, type Address } from '@solana/kit';
import { useState } from 'react';
import {
  extendLock,
  lockTokens,
  NOBODY,
  now as chainNow,
  setDelegate,
  unlockTokens,
  type Keyed,
  type Kinds,
} from 'gpu-lease';
import { program } from 'gpu-lease/rules';
import { useAccounts } from '../chain/accounts';
import { useTokenBalance } from '../chain/balances';
import { useNow } from '../chain/clock';
import { useReview, type ReviewRequest } from '../shell/useReview';
import { ConnectButton } from '../shell/WalletMenu';
import { Actions, Empty, Fields, Callout, Section, Skeleton, Stat, Stats } from '../ui/Blocks';
import { Button } from '../ui/Button';
import { Form } from '../ui/Form';
import { TextField } from '../ui/Field';
import { parseAmount } from '../ui/format';
import { balanceHint, Failed, Read } from '../onchain/Read';
import { readingOf, together } from '../ui/reading';
import { AddressText } from '../onchain/AddressText';
import { Amount, Time } from '../ui/Values';
import { Relative } from '../onchain/Relative';
import { useWallets } from '../wallet/Wallets';
import { useUnitToken, useVoteToken, type VoteToken } from './useVoteToken';

const DAY = 86_400n;

/** What the reader can vote with, and how to get more of it. */
export function YourVote() {
  const { account } = useWallets();
  return (
    <Section title="Your vote">
      {account ? (
        <Account key={account.address} owner={account.address} />
      ) : (
        <Empty title="Connect a wallet" action={<ConnectButton />}>
          Locked tokens vote, and the fees that you paid carry weight too.
        </Empty>
      )}
    </Section>
  );
}

function Account({ owner }: { owner: Address }) {
  const token = useVoteToken();
  const unit = useUnitToken();
  const locks = useAccounts('voteLock');
  const participants = useAccounts('participant');
  const now = useNow();
  const all = together({ locks, participants });
  if (!locks.data || !participants.data)
    return (
      <Read of={all} what="what you can vote with" waiting={<Skeleton lines={5} />}>
        {() => null}
      </Read>
    );
  const lock = locks.data.find((lock) => lock.owner === owner);
  const delegated = (locks.data ?? []).filter(({ delegate }) => delegate === owner);
  const paid = (participants.data ?? [])
    .filter(({ authority }) => authority === owner)
    .reduce((sum, { bytes }) => sum + program().weightOfFees(bytes, now), 0n);
  return (
    <>
      {all.isFailed && <Failed of={all} what="what you can vote with" />}
      <Stats>
        <Stat
          label="Locked"
          note={
            lock && lock.amount > 0n ? (
              <>
                until <Time at={lock.unlockAt} />
              </>
            ) : (
              'nothing yet'
            )
          }
        >
          <Amount value={lock?.amount ?? 0n} token={token} />
        </Stat>
        <Stat label="Delegated to you" note="you vote where the owner has not">
          <Amount value={delegated.reduce((sum, { amount }) => sum + amount, 0n)} token={token} />
        </Stat>
        <Stat
          label="Fees that carry weight now"
          note={paid > 0n ? 'of the last three complete months' : 'none paid in a complete month'}
        >
          <Amount value={paid} token={unit} />
        </Stat>
      </Stats>
      <Lock owner={owner} lock={lock} token={token} />
      {lock && lock.amount > 0n && <Delegate owner={owner} lock={lock} />}
    </>
  );
}

/** A month, which outlasts the next vote, or as long as the lock lasts anyhow. */
const usualDays = (left: bigint): bigint => (left > 30n * DAY ? (left + DAY - 1n) / DAY : 30n);

/** Locks end at whole multiples of a step: the next one from `time` on. */
const lockEnd = (time: bigint, step: number) => ((time + BigInt(step) - 1n) / BigInt(step)) * BigInt(step);

function Lock({
  owner,
  lock,
  token,
}: {
  owner: Address;
  lock: Keyed<Kinds['voteLock']> | undefined;
  token: VoteToken;
}) {
  const review = useReview();
  const balance = useTokenBalance(owner, token);
  const now = useNow();
  const [amount, setAmount] = useState('');
  const [days, setDays] = useState(() => String(usualDays(lock ? lock.unlockAt - now : 0n)));
  const { minLock, maxLock, lockStep } = program().bounds();
  const [shortest, longest] = [BigInt(minLock) / DAY, BigInt(maxLock - lockStep) / DAY];
  const wanted = parseAmount(amount, token.decimals);
  const until = /^\d{1,4}$/.test(days.trim()) ? BigInt(days.trim()) : undefined;
  const isLater = until !== undefined && (!lock || lockEnd(now + until * DAY, lockStep) >= lock.unlockAt);
  const daysError =
    until === undefined || until < shortest || until > longest
      ? `From ${shortest} to ${longest} days.`
      : isLater
        ? undefined
        : 'Your lock already lasts longer, and a lock is never shortened.';
  const amountError =
    amount === ''
      ? undefined
      : typeof wanted === 'string'
        ? wanted
        : balance.data !== undefined && wanted > balance.data
          ? 'The wallet has less than this.'
          : undefined;
  const canUnlock = lock !== undefined && lock.unlockAt <= now;
  const names = lock ? { [lock.address]: 'Your lock' } : {};
  const act = (request: Omit<ReviewRequest, 'payer' | 'names'>) =>
    void review({ ...request, payer: owner, names });
  const unlockAt = () => lockEnd(chainNow() + (until ?? 0n) * DAY, lockStep);
  return (
    <Form
      onSubmit={async () =>
        typeof wanted === 'bigint' &&
        act({ title: 'Lock tokens', instructions: [await lockTokens(owner, token, wanted, unlockAt())] })
      }
    >
      <Fields>
        <TextField
          label="Tokens to lock"
          unit={token.symbol}
          inputMode="decimal"
          value={amount}
          onChange={(event) => setAmount(event.target.value)}
          error={amountError}
          hint={
            balance.data === 0n
              ? `The wallet has no ${token.symbol}.`
              : balanceHint(readingOf(balance), token, 'The wallet')
          }
        />
        <TextField
          label="For how long, from now"
          unit="days"
          inputMode="numeric"
          value={days}
          onChange={(event) => setDays(event.target.value)}
          error={daysError}
          hint={
            until !== undefined && (
              <>
                Locks end every 30 days: this one on <Time at={lockEnd(now + until * DAY, lockStep)} />.
              </>
            )
          }
        />
      </Fields>
      <Callout>
        Tokens vote on proposals that are made after they were locked, if the lock outlasts the vote. They
        cannot be taken out before that, so nobody votes with borrowed tokens.
        {lock &&
          ' If you add tokens, the whole lock waits for the next proposal; votes that it has cast still count.'}
      </Callout>
      <Actions>
        <Button
          type="submit"
          look="primary"
          disabled={
            typeof wanted !== 'bigint' ||
            wanted === 0n ||
            amountError !== undefined ||
            daysError !== undefined
          }
        >
          Lock
        </Button>
        {amount === '' && <small>Enter how many tokens to lock.</small>}
        {lock && (
          <>
            <Button
              disabled={daysError !== undefined}
              onClick={async () =>
                act({ title: 'Lock for longer', instructions: [await extendLock(owner, unlockAt())] })
              }
            >
              Lock for longer
            </Button>
            <Button
              disabled={!canUnlock}
              onClick={async () =>
                act({ title: 'Unlock all tokens', instructions: await unlockTokens(owner, token) })
              }
            >
              Unlock all
            </Button>
            {!canUnlock && (
              <small>
                Can be unlocked <Relative at={lock.unlockAt} />.
              </small>
            )}
          </>
        )}
      </Actions>
    </Form>
  );
}

function Delegate({ owner, lock }: { owner: Address; lock: Keyed<Kinds['voteLock']> }) {
  const review = useReview();
  const [text, setText] = useState('');
  const delegate = lock.delegate === NOBODY ? undefined : lock.delegate;
  const wanted = isAddress(text.trim()) ? (text.trim() as Address) : undefined;
  const name = async (to: Address | undefined) =>
    void review({
      title: to ? 'Name a delegate' : 'Remove the delegate',
      payer: owner,
      instructions: [setDelegate(lock, to)],
    });
  return (
    <Form onSubmit={() => void name(wanted)}>
      <TextField
        label="Delegate"
        placeholder="address of a wallet"
        value={text}
        onChange={(event) => setText(event.target.value)}
        error={text !== '' && !wanted ? 'This is not a valid address.' : undefined}
        hint={
          delegate ? (
            <>
              Now <AddressText address={delegate} />. Your own vote overrules it until the end.
            </>
          ) : (
            'It may vote where you have not. You can overrule it until the end.'
          )
        }
      />
      <Actions>
        <Button type="submit" disabled={!wanted}>
          Name the delegate
        </Button>
        {delegate && <Button onClick={() => void name(undefined)}>Remove it</Button>}
      </Actions>
    </Form>
  );
}
