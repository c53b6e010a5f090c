import type { Address } from '@solana/kit';
import type { Action, FeeExample, ProposalOutlook } from 'gpu-lease/rules';
import { useFeeParams, useGovernance, useProtocol, useTokens } from '../chain/accounts';
import { Fact, Facts, Section, TableFrame } from '../ui/Blocks';
import { formatAmount, formatBps } from '../ui/format';
import { Stacked } from '../ui/List';
import { AddressText } from '../onchain/AddressText';
import { Amount, Duration } from '../ui/Values';
import { useCollected } from './useCollected';
import { useUnitToken } from './useVoteToken';

/** What a proposal would change, next to how it is now. `feeBps` is the rate that it was made against. */
export function Change({
  outlook: { action, example },
  feeBps,
}: {
  outlook: ProposalOutlook;
  feeBps: number;
}) {
  switch (action.action) {
    case 'set_fee':
      return example && <Fee example={example} before={feeBps} after={action.feeBps} />;
    case 'set_voting_rules':
      return <Rules proposed={action.rules} />;
    case 'withdraw_fees':
      return <Withdrawal mint={action.mint as Address} />;
    case 'set_treasury':
      return <Wallet office="treasury" wallet={action.treasury} />;
    case 'set_arbiter':
      return <Wallet office="arbiter" wallet={action.arbiter} />;
    case 'set_guardian':
      return <Wallet office="guardian" wallet={action.guardian} />;
  }
}

function Fee({ example, before, after }: { example: FeeExample; before: number; after: bigint }) {
  const unit = useUnitToken();
  const money = (value: bigint) => <Amount value={value} token={unit} places={4} />;
  return (
    <Section title="What it changes for a lease of 100 dollars">
      <Stacked>
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
              <th scope="row">before, at {formatBps(before)}</th>
              <td data-number data-name="Renter pays">
                {money(example.gross)}
              </td>
              <td data-number data-name="Fee">
                {money(example.feeBefore)}
              </td>
              <td data-number data-name="Provider gets">
                {money(example.payoutBefore)}
              </td>
            </tr>
            <tr>
              <th scope="row">after, at {formatBps(after)}</th>
              <td data-number data-name="Renter pays">
                {money(example.gross)}
              </td>
              <td data-number data-name="Fee">
                {money(example.feeAfter)}
              </td>
              <td data-number data-name="Provider gets">
                {money(example.payoutAfter)}
              </td>
            </tr>
          </tbody>
        </TableFrame>
      </Stacked>
      <p>Leases that are open keep the fee that their renters signed for.</p>
    </Section>
  );
}

function Rules({ proposed }: { proposed: Extract<Action, { action: 'set_voting_rules' }>['rules'] }) {
  const { rules: now } = useGovernance();
  const sol = (lamports: bigint) => `${formatAmount(lamports, 9)} SOL`;
  const rows = [
    {
      name: 'Time to vote',
      now: <Duration seconds={now.votingPeriod} />,
      then: <Duration seconds={proposed.votingPeriod} />,
    },
    {
      name: 'Extension after a late flip',
      now: <Duration seconds={now.extension} />,
      then: <Duration seconds={proposed.extension} />,
    },
    {
      name: 'Timelock',
      now: <Duration seconds={now.timelock} />,
      then: <Duration seconds={proposed.timelock} />,
    },
    {
      name: 'Time to execute',
      now: <Duration seconds={now.executionWindow} />,
      then: <Duration seconds={proposed.executionWindow} />,
    },
    { name: 'Quorum of locked tokens', now: formatBps(now.quorumBps), then: formatBps(proposed.quorumBps) },
    { name: 'Deposit', now: sol(now.deposit), then: sol(proposed.deposit) },
  ];
  return (
    <Section title="What it changes">
      <Stacked>
        <TableFrame label="The voting rules now and as proposed">
          <thead>
            <tr>
              <th scope="col">Rule</th>
              <th scope="col" data-number>
                Now
              </th>
              <th scope="col" data-number>
                Proposed
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.name}>
                <th scope="row">{row.name}</th>
                <td data-number data-name="Now">
                  {row.now}
                </td>
                <td data-number data-name="Proposed">
                  {row.then}
                </td>
              </tr>
            ))}
          </tbody>
        </TableFrame>
      </Stacked>
      <p>Votes already under way keep their rules.</p>
    </Section>
  );
}

function Withdrawal({ mint }: { mint: Address }) {
  const { treasury } = useFeeParams();
  const token = useTokens().get(mint);
  const collected = useCollected(token);
  return (
    <Section title="What it moves">
      <Facts>
        <Fact label="Fees in">
          <AddressText address={mint} name={token?.symbol} />
        </Fact>
        {token && collected.data !== undefined && (
          <Fact label="Collected and not yet withdrawn">
            <Amount value={collected.data} token={token} />
          </Fact>
        )}
        <Fact label="To the current treasury">
          <AddressText address={treasury} />
        </Fact>
      </Facts>
    </Section>
  );
}

const POWERS = {
  treasury: 'It gets the fees that votes withdraw.',
  arbiter:
    'It decides disputes about leases that are opened from then on, between the figures of the two parties.',
  guardian: 'It can stop new leases for a while. It moves no money.',
};

function Wallet({ office, wallet }: { office: keyof typeof POWERS; wallet: string }) {
  const { arbiter, guardian } = useProtocol();
  const { treasury } = useFeeParams();
  const now = { treasury, arbiter, guardian }[office];
  return (
    <Section title={`Who is the ${office}`}>
      <Facts>
        <Fact label="Now">
          <AddressText address={now} />
        </Fact>
        <Fact label="Proposed">
          <AddressText address={wallet} />
        </Fact>
      </Facts>
      <p>{POWERS[office]}</p>
    </Section>
  );
}
