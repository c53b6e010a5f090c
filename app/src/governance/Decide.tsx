import type { Address, Instruction } from '@solana/kit';
import { useAccounts, useFeeParams, useTokens, type Kinds, type Stored } from '../chain/accounts';
import { cancelProposal, closeVoteRecord, executeProposal, finalizeProposal, withdrawFees } from '../chain/instructions';
import { can, type ProposalOutlook } from '../rules';
import { useReview } from '../shell/useReview';
import { ConnectButton } from '../shell/WalletMenu';
import { Actions, Section } from '../ui/Blocks';
import { Button } from '../ui/Button';
import { Failed } from '../onchain/Read';
import { readingOf } from '../ui/reading';
import { useWallets } from '../wallet/Wallets';
import { tokenOf } from './words';

/** Records that one transaction closes. */
const AT_ONCE = 10;

type Props = { proposal: Stored<Kinds['proposal']>; outlook: ProposalOutlook };

/** What can be done with a proposal besides voting: by anyone, or by its proposer. */
export function Decide({ proposal, outlook }: Props) {
  const { account } = useWallets();
  const canCancel = can(outlook, 'gov cancel') && account?.address === proposal.proposer;
  const records = useAccounts('voteRecord', { 'voteRecord.proposal': proposal.address });
  const mine = can(outlook, 'gov reclaim') ? (records.data ?? []).filter(({ rentPayer }) => rentPayer === account?.address) : [];
  if (can(outlook, 'gov reclaim') && account && records.data === undefined && records.isError) return <Failed of={readingOf(records)} what="your votes, whose rent comes back," />;
  if (!can(outlook, 'gov finalize') && !can(outlook, 'gov execute') && !canCancel && mine.length === 0) return null;
  return (
    <Section title="What can be done">
      {account ? (
        <Buttons proposal={proposal} outlook={outlook} payer={account.address} mine={mine} />
      ) : (
        <Actions>
          <ConnectButton />
        </Actions>
      )}
    </Section>
  );
}

function Buttons({ proposal, outlook, payer, mine }: Props & { payer: Address; mine: Stored<Kinds['voteRecord']>[] }) {
  const review = useReview();
  const tokens = useTokens();
  const { treasury } = useFeeParams();
  const inMint = tokenOf(outlook.action, tokens);

  const execution = async (): Promise<Instruction[]> => [
    // A vote that nobody has decided yet is decided in the same transaction.
    ...(outlook.phase === 'ended' ? [finalizeProposal(proposal)] : []),
    ...(inMint ? await withdrawFees(payer, proposal, treasury, inMint) : [await executeProposal(proposal)]),
  ];
  const conclusion = outlook.isTakenBack ? 'Return the deposit' : 'Decide the vote';
  return (
    <Actions>
      {can(outlook, 'gov finalize') && (
        <Button onClick={() => void review({ title: conclusion, payer, instructions: [finalizeProposal(proposal)] })}>{conclusion}</Button>
      )}
      {can(outlook, 'gov execute') && (
        <Button
          look="primary"
          onClick={async () => void review({ title: 'Execute the proposal', payer, instructions: await execution(), names: { [treasury]: 'The treasury' } })}
        >
          Execute it
        </Button>
      )}
      {can(outlook, 'gov cancel') && proposal.proposer === payer && (
        <Button look="risk" onClick={() => void review({ title: 'Take the proposal back', payer, instructions: [cancelProposal(proposal)] })}>
          Take it back
        </Button>
      )}
      {mine.length > 0 && (
        <Button onClick={() => void review({ title: 'Reclaim the rent of votes', payer, instructions: mine.slice(0, AT_ONCE).map(closeVoteRecord) })}>
          Reclaim the rent of your votes
        </Button>
      )}
    </Actions>
  );
}
