import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from 'react-router';
import { useAccount, useFeeParams, useTokens, type Kinds, type Stored } from '../chain/accounts';
import { proposalAddress } from '../chain/addresses';
import { useNow } from '../chain/clock';
import { rules, type ProposalOutlook } from '../rules';
import { Badge, Empty, Fact, Facts, Notice, PageTitle, Section, Skeleton, TableFrame } from '../ui/Blocks';
import { buttonClass } from '../ui/Button';
import { formatBps, formatRelative } from '../ui/format';
import { AddressText, Amount, Relative, Time } from '../ui/Values';
import { Ballot } from './Ballot';
import { Decide } from './Decide';
import { House } from './House';
import { useUnitToken, useVoteToken } from './useVoteToken';
import { PROPOSAL_TONES, actionWords, phaseWords } from './words';

/** A lease of a hundred dollars, to show what a change of the fee means. */
const HUNDRED = 100n;

/** One proposal: what it changes, how both houses stand, and what the reader can do. */
export function ProposalView() {
  const { proposal: id = '' } = useParams();
  const number = /^\d{1,19}$/.test(id) ? BigInt(id) : undefined;
  const address = useQuery({ queryKey: ['address of proposal', id], queryFn: () => proposalAddress(number!), enabled: number !== undefined, staleTime: Infinity });
  const proposal = useAccount('proposal', address.data);
  if (number !== undefined && (address.isPending || proposal.isPending)) return <Skeleton height="30rem" />;
  if (!proposal.data)
    return (
      <Empty title="There is no such proposal" action={<Link className={buttonClass()} to="/governance">All proposals</Link>}>
        The link may be of another cluster.
      </Empty>
    );
  return <Proposal proposal={proposal.data} />;
}

function Proposal({ proposal }: { proposal: Stored<Kinds['proposal']> }) {
  const { feeBps } = useFeeParams();
  const votes = useVoteToken();
  const unit = useUnitToken();
  const tokens = useTokens();
  const now = useNow();
  const outlook = rules().proposalOutlook(proposal.bytes, feeBps, now, HUNDRED * 10n ** BigInt(unit.decimals));
  const { standing, phase, asksFeePayers, action } = outlook;
  const inMint = action.action === 'withdraw_fees' ? tokens.get(action.mint as never) : undefined;
  return (
    <>
      <PageTitle
        title={
          <>
            {actionWords(action, proposal.feeBps, inMint)} <Badge tone={PROPOSAL_TONES[phase]}>{phase}</Badge>
          </>
        }
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
          verdict={
            standing.hasQuorum
              ? standing.hasMajority
                ? 'They pass it as the votes stand.'
                : 'The quorum is reached, but not the majority.'
              : 'The votes for have not reached the quorum.'
          }
        />
        {asksFeePayers ? (
          <House
            name="Fee payers"
            who="renters and providers, weighed by the fees of three months"
            tally={proposal.payers}
            token={unit}
            deciding="against"
            verdict={standing.isRefused ? 'They refuse it as the votes stand.' : 'They let it pass as the votes stand.'}
          />
        ) : (
          <Notice>Fee payers are asked when the fee would rise. This does not raise it.</Notice>
        )}
      </Section>

      {outlook.example && <Example outlook={outlook} feeBps={proposal.feeBps} />}
      <Ballot proposal={proposal} outlook={outlook} />
      <Decide proposal={proposal} outlook={outlook} />

      <Section title="Times and rules">
        <Facts>
          <Fact label="Made">
            <Time at={proposal.createdAt} /> by <AddressText address={proposal.proposer} />
          </Fact>
          <Fact label="Votes until">
            <Time at={outlook.endsAt} />, <Relative at={outlook.endsAt} />
          </Fact>
          {outlook.latestEnd > outlook.endsAt && (
            <Fact label="If it turns late, until">
              <Time at={outlook.latestEnd} />
            </Fact>
          )}
          <Fact label="Can be executed from">
            <Time at={outlook.executableFrom} />, <Relative at={outlook.executableFrom} />
          </Fact>
          <Fact label="Expires">
            <Time at={outlook.expiresAt} />
          </Fact>
          <Fact label="Fee when it was made">{formatBps(proposal.feeBps)}</Fact>
          <Fact label="Proposal">
            <AddressText address={proposal.address} />
          </Fact>
        </Facts>
      </Section>
    </>
  );
}

/** What it means in money. */
function Example({ outlook: { example, action }, feeBps }: { outlook: ProposalOutlook; feeBps: number }) {
  const unit = useUnitToken();
  if (!example || action.action !== 'set_fee') return null;
  const money = (value: bigint) => <Amount value={value} token={unit} places={4} />;
  return (
    <Section title="What it changes for a lease of 100 dollars">
      <TableFrame label="A lease of 100 dollars before and after">
        <thead>
          <tr>
            <th scope="col">Opened</th>
            <th scope="col" data-number>
              Renter pays
            </th>
            <th scope="col" data-number>
              Fee
            </th>
            <th scope="col" data-number>
              Provider gets
            </th>
          </tr>
        </thead>
        <tbody>
          <tr>
            <th scope="row">before, at {formatBps(feeBps)}</th>
            <td data-number>{money(example.gross)}</td>
            <td data-number>{money(example.feeBefore)}</td>
            <td data-number>{money(example.payoutBefore)}</td>
          </tr>
          <tr>
            <th scope="row">after, at {formatBps(action.feeBps)}</th>
            <td data-number>{money(example.gross)}</td>
            <td data-number>{money(example.feeAfter)}</td>
            <td data-number>{money(example.payoutAfter)}</td>
          </tr>
        </tbody>
      </TableFrame>
      <p>Leases that are open keep the fee that their renters signed for.</p>
    </Section>
  );
}
