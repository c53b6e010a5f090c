import type { Address } from '@solana/kit';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { createProposal } from 'gpu-lease';
import { program } from 'gpu-lease/rules';
import { useFeeParams, useGovernance, useProtocol, useTokens } from '../chain/accounts';
import { useNow } from '../chain/clock';
import { TokenOptions } from '../onchain/TokenOptions';
import { useReview } from '../shell/useReview';
import { ConnectButton } from '../shell/WalletMenu';
import { Actions, Fields, Callout, Section } from '../ui/Blocks';
import { Button } from '../ui/Button';
import { Select, TextField } from '../ui/Field';
import { formatAmount, formatBps } from '../ui/format';
import { useWallets } from '../wallet/Wallets';
import { KINDS, actionOf, draftOf, type Draft, type Kind } from './draft';
import { useCollected } from './useCollected';
import { useVoteToken } from './useVoteToken';

/** Puts something to the vote. Anyone can. */
export function Propose() {
  const governance = useGovernance();
  const { feeBps } = useFeeParams();
  const { voteMint, unitMint } = useProtocol();
  const token = useVoteToken();
  const tokens = useTokens();
  const { account } = useWallets();
  const review = useReview();
  const navigate = useNavigate();
  const [draft, setDraft] = useState<Draft>(() => draftOf(governance.rules));
  const [mint, setMint] = useState<Address>(unitMint);
  const collected = useCollected(tokens.get(mint));
  const bounds = program().bounds();
  const withdraw = { mint, decimals: tokens.get(mint)?.decimals ?? 0 };
  const result = actionOf(draft, { feeBps, rules: governance.rules, bounds, withdraw });
  const errors = 'errors' in result ? result.errors : {};
  const field = (name: keyof Draft) => ({
    value: draft[name],
    onChange: (event: { target: { value: string } }) => setDraft({ ...draft, [name]: event.target.value }),
    error: errors[name],
  });
  const { votes: quorum, electorate } = program().quorum(governance.bytes, token.supply, useNow());
  const outOfReach = quorum > electorate;

  async function submit() {
    if (!account || !('action' in result)) return;
    const id = governance.proposalCount;
    const instruction = await createProposal({
      proposer: account.address,
      id,
      voteMint,
      unitMint,
      action: result.action,
      deposit: governance.rules.deposit,
    });
    const signature = await review({
      title: 'Make a proposal',
      payer: account.address,
      instructions: [instruction],
    });
    if (signature) void navigate(`/governance/${id}`);
  }

  return (
    <Section title="Make a proposal" onSubmit={() => void submit()}>
      <Fields>
        <Select
          label="What"
          value={draft.kind}
          onChange={(event) => setDraft({ ...draft, kind: event.target.value as Kind })}
        >
          {Object.entries(KINDS).map(([kind, name]) => (
            <option key={kind} value={kind}>
              {name}
            </option>
          ))}
        </Select>
        {draft.kind === 'SetFee' && (
          <TextField
            label="New fee"
            unit="%"
            inputMode="decimal"
            {...field('fee')}
            hint={`Now ${formatBps(feeBps)}; from ${formatBps(Math.max(0, feeBps - bounds.maxFeeStepBps))} to ${formatBps(Math.min(bounds.maxFeeBps, feeBps + bounds.maxFeeStepBps))}.`}
          />
        )}
        {draft.kind === 'WithdrawFees' && (
          <>
            <Select label="Fees in" value={mint} onChange={(event) => setMint(event.target.value as Address)}>
              <TokenOptions />
            </Select>
            <TextField
              label="Amount"
              unit={tokens.get(mint)?.symbol}
              inputMode="decimal"
              {...field('amount')}
              hint={`Leave it empty for all${collected.data === undefined ? (collected.isError ? '; how much that is could not be read' : '') : `: ${formatAmount(collected.data, withdraw.decimals)} now`}.`}
            />
          </>
        )}
        {(draft.kind === 'SetTreasury' || draft.kind === 'SetArbiter' || draft.kind === 'SetGuardian') && (
          <TextField label="Wallet" placeholder="address" {...field('address')} />
        )}
        {draft.kind === 'SetVotingRules' && (
          <>
            <TextField label="Time to vote" unit="days" {...field('votingDays')} />
            <TextField label="Extension after a late flip" unit="hours" {...field('extensionHours')} />
            <TextField label="Timelock" unit="hours" {...field('timelockHours')} />
            <TextField label="Time to execute" unit="days" {...field('executionDays')} />
            <TextField label="Quorum of locked tokens" unit="%" {...field('quorum')} />
            <TextField label="Deposit" unit="SOL" {...field('depositSol')} />
          </>
        )}
      </Fields>
      <p>
        It takes a deposit of {formatAmount(governance.rules.deposit, 9)} SOL, which comes back when the vote
        is decided, whatever the outcome. To pass, it needs {formatAmount(quorum, token.decimals)}{' '}
        {token.symbol} for it.
      </p>
      {outOfReach && (
        <Callout tone="risk">
          Too few tokens are locked beyond the end of the vote to reach the quorum, so nothing could pass.
          Lock tokens for longer first.
        </Callout>
      )}
      <Actions>
        {account ? (
          <>
            <Button type="submit" disabled={!('action' in result) || outOfReach}>
              Review the proposal
            </Button>
            {!('action' in result) && <small>Choose what to change first.</small>}
          </>
        ) : (
          <ConnectButton />
        )}
      </Actions>
    </Section>
  );
}
