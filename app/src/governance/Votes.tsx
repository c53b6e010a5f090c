import type { Keyed, Kinds } from 'gpu-lease';
import { useAccounts } from '../chain/accounts';
import { Indexed, MoreOf } from '../indexer/Indexed';
import { pastVote, type PastVote } from '../indexer/shapes';
import { useIndexedList } from '../indexer/useIndexed';
import { AddressText } from '../onchain/AddressText';
import { Read } from '../onchain/Read';
import { Badge, Callout, Empty, Section } from '../ui/Blocks';
import { List } from '../ui/List';
import { readingOf } from '../ui/reading';
import { Amount, Time, type Tone } from '../ui/Values';
import { refutedBy, tooMuch } from './votes';
import { useUnitToken, useVoteToken } from './useVoteToken';

type Proposal = Keyed<Kinds['proposal']>;
type Props = { proposal: Proposal };

/** Who voted what, by an indexer; without one, by the votes whose accounts are still there. */
export function Votes({ proposal }: Props) {
  const told = useIndexedList(`proposals/${proposal.id}/votes`, pastVote, { query: { limit: 200 } });
  const records = useAccounts('voteRecord', { 'voteRecord.proposal': proposal.address });
  const isOn = told.hasOne && (told.reading.data !== undefined || !told.reading.isFailed);
  return (
    <Section title="Who voted what">
      <Indexed
        of={told}
        what="the votes"
        without="Votes whose accounts were closed are missing here, and so is when each was cast: there is no indexer that can be asked."
      >
        {(votes) =>
          tooMuch(votes, proposal) || refutedBy(records.data ?? [], votes) ? (
            <Callout tone="risk">
              What the indexer says of the votes is not what is on chain, so it is not shown.
            </Callout>
          ) : votes.length === 0 ? (
            <Empty title="No votes yet">Each vote is listed here once it is cast.</Empty>
          ) : (
            <>
              <List label="Votes" columns={['Who', 'House', 'Vote', 'Weight', 'When', 'Transaction']}>
                {votes.map((vote) => (
                  <Told key={vote.seat} vote={vote} />
                ))}
              </List>
              <MoreOf of={told} />
            </>
          )
        }
      </Indexed>
      {!isOn && <OnChain records={records} />}
    </Section>
  );
}

const side = (isFor: boolean): [string, Tone] => (isFor ? ['for', 'in'] : ['against', 'risk']);

function Side({ isFor }: { isFor: boolean }) {
  const [word, tone] = side(isFor);
  return <Badge tone={tone}>{word}</Badge>;
}

const HOUSES = { tokens: 'Token holders', participants: 'Participants' } as const;

function Told({ vote }: { vote: PastVote }) {
  const [tokens, unit] = [useVoteToken(), useUnitToken()];
  return (
    <tr>
      <th scope="row">
        <AddressText address={vote.owner ?? vote.seat} />
        {vote.by_delegate && <small> by a delegate</small>}
      </th>
      <td data-name="House">{HOUSES[vote.house]}</td>
      <td data-name="Vote">
        <Side isFor={vote.is_for} />
        {vote.changes > 0 && <small> changed</small>}
      </td>
      <td data-name="Weight">
        <Amount value={vote.weight} token={vote.house === 'tokens' ? tokens : unit} />
      </td>
      <td data-name="When">
        <Time at={vote.landed.time} />
      </td>
      <td data-name="Transaction">
        <AddressText address={vote.landed.signature} what="signature" />
      </td>
    </tr>
  );
}

const isOfParticipant = ({ house }: Kinds['voteRecord']) => house === 1;

/** The votes that are on chain. */
function OnChain({ records }: { records: ReturnType<typeof useAccounts<'voteRecord'>> }) {
  const locks = useAccounts('voteLock');
  const participants = useAccounts('participant');
  const [tokens, unit] = [useVoteToken(), useUnitToken()];
  return (
    <Read of={readingOf(records)} what="the votes on chain">
      {(all) =>
        all.length === 0 ? (
          <Empty title="No votes on chain">Nobody has voted, or the accounts of the votes were closed.</Empty>
        ) : (
          <List label="Votes on chain" columns={['Who', 'House', 'Vote', 'Weight']}>
            {all.map((record) => {
              const lock = locks.data?.find(({ address }) => address === record.voter);
              const participant = participants.data?.find(({ address }) => address === record.voter);
              return (
                <tr key={record.address}>
                  <th scope="row">
                    <AddressText address={lock?.owner ?? participant?.authority ?? record.voter} />
                    {record.byDelegate === 1 && <small> by a delegate</small>}
                  </th>
                  <td data-name="House">{participant ? HOUSES.participants : lock ? HOUSES.tokens : '–'}</td>
                  <td data-name="Vote">
                    <Side isFor={record.isFor === 1} />
                  </td>
                  <td data-name="Weight">
                    <Amount value={record.weight} token={isOfParticipant(record) ? unit : tokens} />
                  </td>
                </tr>
              );
            })}
          </List>
        )
      }
    </Read>
  );
}
