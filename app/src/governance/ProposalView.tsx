import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from 'react-router';
import { proposalAddress, type Keyed, type Kinds } from 'gpu-lease';
import { program } from 'gpu-lease/rules';
import { useAccount, useFeeParams, useTokens } from '../chain/accounts';
import { useNow } from '../chain/clock';
import { keys } from '../chain/keys';
import { Badge, Empty, Fact, Facts, Callout, PageTitle, Section, Skeleton } from '../ui/Blocks';
import { buttonClass } from '../ui/Button';
import { formatBps, formatRelative, parseCount } from '../ui/format';
import { Read } from '../onchain/Read';
import { readingOf } from '../ui/reading';
import { AddressText } from '../onchain/AddressText';
import { Relative } from '../onchain/Relative';
import { Time } from '../ui/Values';
import { Ballot } from './Ballot';
import { Change } from './Change';
import { Decide } from './Decide';
import { Votes } from './Votes';
import { House } from './House';
import { useUnitToken, useVoteToken } from './useVoteToken';
import { PROPOSAL_TONES, actionWords, participantVerdict, phaseWords, tokenOf, tokenVerdict } from './words';

/** A lease of a hundred dollars, to show what a change of the fee means. */
const HUNDRED = 100n;

/** One proposal: what it changes, how both houses stand, and what the reader can do. */
export function ProposalView() {
  const { proposal: id = '' } = useParams();
  const number = parseCount(id);
  const isNumber = typeof number === 'bigint';
  const address = useQuery({
    queryKey: keys.addressOfProposal(id),
    queryFn: () => proposalAddress(number as bigint),
    enabled: isNumber,
    staleTime: Infinity,
  });
  const proposal = useAccount('proposal', address.data);
  const missing = (
    <Empty
      level={1}
      title="There is no such proposal"
      action={
        <Link className={buttonClass()} to="/governance">
          All proposals
        </Link>
      }
    >
      The link may be for another cluster.
    </Empty>
  );
  if (!isNumber) return missing;
  return (
    <Read of={readingOf(proposal)} what="this proposal" waiting={<Skeleton height="30rem" />}>
      {(proposal) => (proposal ? <Proposal proposal={proposal} /> : missing)}
    </Read>
  );
}

function Proposal({ proposal }: { proposal: Keyed<Kinds['proposal']> }) {
  const { feeBps } = useFeeParams();
  const votes = useVoteToken();
  const unit = useUnitToken();
  const tokens = useTokens();
  const now = useNow();
  const outlook = program().proposalOutlook(
    proposal.bytes,
    feeBps,
    now,
    HUNDRED * 10n ** BigInt(unit.decimals),
  );
  const { standing, phase, asksParticipants, action } = outlook;
  const isOver = phase !== 'voting';
  const inMint = tokenOf(action, tokens);
  return (
    <>
      <PageTitle
        title={
          <>
            {actionWords(action, proposal.feeBps, inMint)} <Badge tone={PROPOSAL_TONES[phase]}>{phase}</Badge>
          </>
        }
        name={`Proposal ${proposal.id}: ${actionWords(action, proposal.feeBps, inMint)}`}
      >
        {phaseWords(outlook, (moment) => formatRelative(moment, now))}
      </PageTitle>

      <Section title="How the vote stands">
        <House
          name="Token holders"
          who="one locked token, one vote"
          tally={proposal.tokens}
          token={votes}
          deciding="for"
          verdict={tokenVerdict(standing, isOver)}
        />
        {asksParticipants ? (
          <House
            name="Participants"
            who="renters and providers, weighed by the fees of three months"
            tally={proposal.participants}
            token={unit}
            deciding="against"
            verdict={participantVerdict(standing, isOver)}
          />
        ) : (
          <Callout>
            Participants, who paid fees, are asked only when the fee would rise. This proposal does not raise
            it.
          </Callout>
        )}
      </Section>

      <Change outlook={outlook} feeBps={proposal.feeBps} />
      <Ballot proposal={proposal} outlook={outlook} />
      <Decide proposal={proposal} outlook={outlook} />
      <Votes proposal={proposal} />

      <Section title="Times">
        <Facts>
          <Fact label="Made">
            <Time at={proposal.createdAt} /> by <AddressText address={proposal.proposer} />
          </Fact>
          <Fact label="Voting ends">
            <Time at={outlook.endsAt} />, <Relative at={outlook.endsAt} />
          </Fact>
          {!isOver && outlook.latestEnd > outlook.endsAt && (
            <Fact label="If the result flips late, until">
              <Time at={outlook.latestEnd} />
            </Fact>
          )}
          {phase !== 'failed' && (
            <>
              <Fact label="Can be executed from">
                <Time at={outlook.executableFrom} />, <Relative at={outlook.executableFrom} />
              </Fact>
              <Fact label="Expires">
                <Time at={outlook.expiresAt} />
              </Fact>
            </>
          )}
          <Fact label="Fee when it was made">{formatBps(proposal.feeBps)}</Fact>
          <Fact label="Proposal">
            <AddressText address={proposal.address} />
          </Fact>
        </Facts>
      </Section>
    </>
  );
}
