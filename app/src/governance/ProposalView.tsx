import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from 'react-router';
import { useAccount, useFeeParams, useTokens, type Kinds, type Stored } from '../chain/accounts';
import { proposalAddress } from '../chain/addresses';
import { useNow } from '../chain/clock';
import { rules } from '../rules';
import { Badge, Empty, Fact, Facts, Notice, PageTitle, Section, Skeleton } from '../ui/Blocks';
import { buttonClass } from '../ui/Button';
import { formatBps, formatRelative, parseCount } from '../ui/format';
import { Read } from '../ui/Read';
import { readingOf } from '../ui/reading';
import { AddressText, Relative, Time } from '../ui/Values';
import { Ballot } from './Ballot';
import { Change } from './Change';
import { Decide } from './Decide';
import { House } from './House';
import { useUnitToken, useVoteToken } from './useVoteToken';
import { PROPOSAL_TONES, actionWords, payerVerdict, phaseWords, tokenOf, tokenVerdict } from './words';

/** A lease of a hundred dollars, to show what a change of the fee means. */
const HUNDRED = 100n;

/** One proposal: what it changes, how both houses stand, and what the reader can do. */
export function ProposalView() {
  const { proposal: id = '' } = useParams();
  const number = parseCount(id);
  const isNumber = typeof number === 'bigint';
  const address = useQuery({ queryKey: ['address of proposal', id], queryFn: () => proposalAddress(number as bigint), enabled: isNumber, staleTime: Infinity });
  const proposal = useAccount('proposal', address.data);
  const missing = (
    <Empty level={1} title="There is no such proposal" action={<Link className={buttonClass()} to="/governance">All proposals</Link>}>
      The link may be of another cluster.
    </Empty>
  );
  if (!isNumber) return missing;
  return (
    <Read of={readingOf(proposal)} what="this proposal" waiting={<Skeleton height="30rem" />}>
      {(proposal) => (proposal ? <Proposal proposal={proposal} /> : missing)}
    </Read>
  );
}

function Proposal({ proposal }: { proposal: Stored<Kinds['proposal']> }) {
  const { feeBps } = useFeeParams();
  const votes = useVoteToken();
  const unit = useUnitToken();
  const tokens = useTokens();
  const now = useNow();
  const outlook = rules().proposalOutlook(proposal.bytes, feeBps, now, HUNDRED * 10n ** BigInt(unit.decimals));
  const { standing, phase, asksFeePayers, action } = outlook;
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

      <Section title="How it stands">
        <House
          name="Token holders"
          who="one locked token, one vote"
          tally={proposal.tokens}
          token={votes}
          deciding="for"
          verdict={tokenVerdict(standing, isOver)}
        />
        {asksFeePayers ? (
          <House
            name="Fee payers"
            who="renters and providers, weighed by the fees of three months"
            tally={proposal.participants}
            token={unit}
            deciding="against"
            verdict={payerVerdict(standing, isOver)}
          />
        ) : (
          <Notice>Fee payers are asked when the fee would rise. This does not raise it.</Notice>
        )}
      </Section>

      <Change outlook={outlook} feeBps={proposal.feeBps} />
      <Ballot proposal={proposal} outlook={outlook} />
      <Decide proposal={proposal} outlook={outlook} />

      <Section title="Times">
        <Facts>
          <Fact label="Made">
            <Time at={proposal.createdAt} /> by <AddressText address={proposal.proposer} />
          </Fact>
          <Fact label="Votes until">
            <Time at={outlook.endsAt} />, <Relative at={outlook.endsAt} />
          </Fact>
          {!isOver && outlook.latestEnd > outlook.endsAt && (
            <Fact label="If it turns late, until">
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
