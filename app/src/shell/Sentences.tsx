import { bytesEqual, type Address, type Instruction, type ReadonlyUint8Array } from '@solana/kit';
import { useQuery } from '@tanstack/react-query';
import { Fragment, useMemo, type ReactNode } from 'react';
import { actionHash, contentHash } from 'gpu-lease';
import { program } from 'gpu-lease/rules';
import { useAccount, useAccounts } from '../chain/accounts';
import { useCurrency } from '../chain/currency';
import { keys } from '../chain/keys';
import { readText } from '../listing/text';
import { Callout } from '../ui/Blocks';
import { formatBps, formatMoney, formatNumber } from '../ui/format';
import { AddressText } from '../onchain/AddressText';
import { Duration, GpuHours, Time } from '../ui/Values';
import { useWallets } from '../wallet/Wallets';
import styles from './Sentences.module.css';
import {
  actionOf,
  proposed,
  sentencesOf,
  type Part,
  type Said,
  type Sentence,
  type Value,
} from './sentencesOf';

/** What a transaction says: the one place that tells it, whoever has built the transaction and whoever signs it. */
export function Sentences({ instructions }: { instructions: readonly Instruction[] }) {
  const all = useMemo(() => sentencesOf(instructions), [instructions]);
  return (
    <div className={styles.sentences}>
      {all.map((said, i) => (
        <Paragraphs key={i} said={said} />
      ))}
    </div>
  );
}

function Paragraphs({ said: { title, more, isUnknown } }: { said: Said }) {
  const all = (
    <>
      {title && (
        <h3>
          <Words sentence={title} />
        </h3>
      )}
      {more.map((sentence, i) => (
        <p key={i}>
          <Words sentence={sentence} />
        </p>
      ))}
    </>
  );
  return isUnknown ? <Callout tone="risk">{all}</Callout> : <div>{all}</div>;
}

const Words = ({ sentence }: { sentence: Sentence }) =>
  sentence.map((part, i) => <Fragment key={i}>{word(part)}</Fragment>);

function word(part: Part): ReactNode {
  if (typeof part === 'string') return part;
  if ('address' in part) return <Named address={part.address} />;
  if ('amount' in part) return <Money {...part} />;
  if ('lamports' in part) return formatMoney(part.lamports, { decimals: 9, symbol: 'SOL' });
  if ('seconds' in part) return <Duration seconds={part.seconds} />;
  if ('time' in part) return <Time at={part.time} />;
  if ('units' in part) return <GpuHours units={part.units} />;
  if ('text' in part) return <bdi>{readText(part.text)}</bdi>;
  if ('offer' in part) return <Listed address={part.offer} content={part.content} />;
  if ('voter' in part) return <Weight {...part} />;
  return <Proposal address={part.proposal} actionHash={part.actionHash} />;
}

/** An address; by its name if it is the reader's own. */
function Named({ address }: { address: Address }) {
  const { accounts } = useWallets();
  return (
    <AddressText
      address={address}
      name={accounts.find((account) => account.address === address)?.label}
      copy={false}
    />
  );
}

/** An amount with every decimal that it has. Until its token is known, and where there is none, it is told in base units. */
function Money(part: Extract<Value, { amount: bigint }>) {
  const currency = useCurrency('mint' in part ? { mint: part.mint } : { account: part.account });
  const exact = `${formatNumber(part.amount)} base units`;
  if (!currency)
    return (
      <span data-exact={part.amount.toString()}>
        {exact} of {'mint' in part ? <Named address={part.mint} /> : 'its token'}
      </span>
    );
  return (
    <span title={exact} data-exact={part.amount.toString()}>
      {formatMoney(part.amount, currency)}
    </span>
  );
}

const Changed = ({ children }: { children: ReactNode }) => (
  <strong>{children}, so the program would refuse it</strong>
);

/** What an offer lists, for those who agree to it by its fingerprint. */
function Listed({ address, content }: { address: Address; content: ReadonlyUint8Array }) {
  const { data: offer } = useAccount('offer', address);
  const { data: hash } = useHash(keys.offerHash(offer?.bytes), offer && (() => contentHash(offer)));
  if (offer === undefined || (offer && !hash))
    return (
      <>
        It is for the offer <Named address={address} />.
      </>
    );
  if (!offer)
    return (
      <Changed>
        The offer <Named address={address} /> is no longer there
      </Changed>
    );
  if (hash && !bytesEqual(hash, content))
    return (
      <Changed>
        The offer <Named address={address} /> has changed
      </Changed>
    );
  const { listing, terms } = offer;
  return (
    <>
      The GPUs are <bdi>{readText(listing.gpuModel)}</bdi> with {formatNumber(listing.memoryGib)} GiB each, in{' '}
      <bdi>{readText(listing.region)}</bdi>, at <Money amount={terms.price} mint={terms.mint} /> per GPU-hour,
      from the offer <Named address={address} />.
    </>
  );
}

/** What a proposal would do; for a vote, if it is what the vote names. */
function Proposal({
  address,
  actionHash: named,
}: {
  address: Address;
  actionHash: ReadonlyUint8Array | undefined;
}) {
  const { data: proposal } = useAccount('proposal', address);
  const { data: hash } = useHash(keys.actionHash(proposal?.bytes), proposal && (() => actionHash(proposal)));
  if (proposal === null)
    return (
      <Changed>
        there is no proposal at <Named address={address} />
      </Changed>
    );
  if (!proposal || (named && !hash)) return <Named address={address} />;
  if (named && hash && !bytesEqual(hash, named)) return <Changed>it is not what the vote names</Changed>;
  const action = actionOf(proposal.action);
  return (
    <>
      <Words sentence={proposed(action)} />
      {action.__kind === 'SetFee' && `, instead of ${formatBps(proposal.feeBps)} when it was made`}
    </>
  );
}

function Weight({ voter, kind, of, record }: Extract<Value, { voter: Address }>) {
  const { data: proposal } = useAccount('proposal', of);
  const { data: lock } = useAccount('voteLock', kind === 'lock' ? voter : undefined);
  const { data: participant } = useAccount('participant', kind === 'participant' ? voter : undefined);
  const { data: cast } = useAccount('voteRecord', record);
  const { data: [protocol] = [] } = useAccounts('protocol');
  if (!proposal || !protocol || cast === undefined || (!lock && !participant))
    return 'what the program counts';
  const [weight, mint] = lock
    ? [program().weightOfLock(proposal.bytes, lock.bytes), protocol.voteMint]
    : [program().weightOfParticipant(proposal.bytes, participant!.bytes), protocol.unitMint];
  // What was voted keeps its weight, whatever became of the lock since.
  return <Money amount={cast?.weight ?? weight.weight} mint={mint} />;
}

/** A fingerprint of what is shown. */
const useHash = (
  key: readonly (string | undefined)[],
  hash: (() => Promise<Uint8Array>) | null | undefined,
) =>
  useQuery({
    queryKey: key,
    queryFn: () => hash!(),
    enabled: typeof hash === 'function',
    refetchInterval: false,
  });
