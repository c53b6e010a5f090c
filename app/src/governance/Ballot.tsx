import type { Address, Instruction } from '@solana/kit';
import { castParticipantVote, castVote, type Keyed, type Kinds } from 'gpu-lease';
import { program, type ProposalOutlook, type Weight } from 'gpu-lease/rules';
import { useAccounts, type Token } from '../chain/accounts';
import { useReview } from '../shell/useReview';
import { ConnectButton } from '../shell/WalletMenu';
import { Actions, Badge, Empty, Section, Skeleton } from '../ui/Blocks';
import { Button } from '../ui/Button';
import { shortAddress } from '../ui/format';
import { Failed, Read } from '../onchain/Read';
import { together } from '../ui/reading';
import { Amount } from '../ui/Values';
import { useWallets } from '../wallet/Wallets';
import styles from './Ballot.module.css';
import { useUnitToken, useVoteToken } from './useVoteToken';

type Proposal = Keyed<Kinds['proposal']>;

/** A vote that the reader has: of own tokens, of somebody's who delegated, or of fees. */
type Vote = {
  key: Address;
  name: string;
  weight: Weight;
  token: Pick<Token, 'decimals' | 'symbol'>;
  record: Keyed<Kinds['voteRecord']> | undefined;
  /** A delegate may vote only where nothing was voted. */
  isOwn: boolean;
  cast: (isFor: boolean) => Promise<Instruction>;
};

/** The reader's votes on a proposal. */
export function Ballot({ proposal, outlook }: { proposal: Proposal; outlook: ProposalOutlook }) {
  const { account } = useWallets();
  if (outlook.phase !== 'voting') return null;
  return (
    <Section title="Your vote">
      {account ? (
        <Votes proposal={proposal} outlook={outlook} voter={account.address} />
      ) : (
        <Empty title="Connect a wallet" action={<ConnectButton />}>
          Locked tokens vote. Where the fee would rise, the fees that you paid carry weight too.
        </Empty>
      )}
    </Section>
  );
}

function Votes({
  proposal,
  outlook,
  voter,
}: {
  proposal: Proposal;
  outlook: ProposalOutlook;
  voter: Address;
}) {
  const locks = useAccounts('voteLock');
  const participants = useAccounts('participant');
  const records = useAccounts('voteRecord', { 'voteRecord.proposal': proposal.address });
  const votes = useVoteToken();
  const unit = useUnitToken();
  const review = useReview();
  const all = together({ locks, participants, records });
  if (!all.data)
    return (
      <Read of={all} what="your votes" waiting={<Skeleton lines={3} />}>
        {() => null}
      </Read>
    );
  const recordOf = (of: Address) => records.data?.find((record) => record.voter === of);

  const own: Vote[] = [
    ...(locks.data ?? [])
      .filter(({ owner, delegate }) => owner === voter || delegate === voter)
      .map((lock) => ({
        key: lock.address,
        name: lock.owner === voter ? 'Your locked tokens' : `Delegated by ${shortAddress(lock.owner)}`,
        weight: program().weightOfLock(proposal.bytes, lock.bytes),
        token: votes,
        record: recordOf(lock.address),
        isOwn: lock.owner === voter,
        cast: (isFor: boolean) => castVote(voter, lock.owner, proposal, isFor),
      })),
    ...(outlook.asksParticipants ? (participants.data ?? []) : [])
      .filter(({ authority }) => authority === voter)
      .map((participant) => ({
        key: participant.address,
        name: participant.party === voter ? 'Your fees as a renter' : 'Your fees as a provider',
        weight: program().weightOfParticipant(proposal.bytes, participant.bytes),
        token: unit,
        record: recordOf(participant.address),
        isOwn: true,
        cast: (isFor: boolean) => castParticipantVote(voter, participant.party, proposal, isFor),
      })),
  ];
  if (own.length === 0)
    return (
      <Empty title="This wallet has no vote">
        Lock tokens under “Your vote” to vote on the next proposals, or rent or provide GPUs: paid fees carry
        weight too.
      </Empty>
    );

  const send = async (vote: Vote, isFor: boolean) =>
    void review({
      title: isFor ? 'Vote for' : 'Vote against',
      payer: voter,
      instructions: [await vote.cast(isFor)],
    });

  return (
    <>
      {all.isFailed && <Failed of={all} what="your votes" />}
      <ul className={styles.votes}>
        {own.map((vote) => {
          const { key, name, weight, token, record, isOwn } = vote;
          const isTaken = record !== undefined && !isOwn;
          // What was voted keeps its weight, whatever became of the lock since.
          const refusal = record ? undefined : weight.refusal;
          return (
            <li key={key}>
              <div>
                <strong>{name}</strong>
                <p>
                  {refusal ?? <Amount value={record?.weight ?? weight.weight} token={token} />}
                  {isTaken &&
                    (record.byDelegate === 1
                      ? '. Only their owner can change this vote.'
                      : '. Their owner voted.')}
                </p>
              </div>
              {record && (
                <Badge tone={record.isFor === 1 ? 'in' : 'risk'}>
                  voted {record.isFor === 1 ? 'for' : 'against'}
                  {record.byDelegate === 1 ? ' by the delegate' : ''}
                </Badge>
              )}
              <Actions>
                {([true, false] as const).map((isFor) => (
                  <Button
                    key={String(isFor)}
                    look={isFor ? 'secondary' : 'risk'}
                    disabled={
                      typeof refusal === 'string' ||
                      isTaken ||
                      (record !== undefined && (record.isFor === 1) === isFor && record.byDelegate === 0)
                    }
                    aria-label={`Vote ${isFor ? 'for' : 'against'} with ${name.charAt(0).toLowerCase()}${name.slice(1)}`}
                    onClick={() => void send(vote, isFor)}
                  >
                    {isFor ? 'For' : 'Against'}
                  </Button>
                ))}
              </Actions>
            </li>
          );
        })}
      </ul>
    </>
  );
}
