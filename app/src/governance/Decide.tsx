import type { Address, Instruction } from '@solana/kit';
import {
  cancelProposal,
  closeVoteRecord,
  executeProposal,
  finalizeProposal,
  withdrawFees,
  type Keyed,
  type Kinds,
} from 'gpu-lease';
import { can, type ProposalAct, type ProposalOutlook, type Role } from 'gpu-lease/rules';
import { useAccounts, useFeeParams, useTokens } from '../chain/accounts';
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

type Props = { proposal: Keyed<Kinds['proposal']>; outlook: ProposalOutlook };

/** What is done elsewhere: above, and with the form of a new proposal. */
const ELSEWHERE = ['vote', 'proposeAgain'] as const;

type Act = Exclude<ProposalAct, { kind: (typeof ELSEWHERE)[number] }>;

const isHere = (act: ProposalAct): act is Act => !(ELSEWHERE as readonly string[]).includes(act.kind);

/** What can be done with a proposal besides voting: by anyone, or by its proposer. */
export function Decide({ proposal, outlook }: Props) {
  const { account } = useWallets();
  const records = useAccounts('voteRecord', { 'voteRecord.proposal': proposal.address });
  const isOver = can(outlook, 'reclaimRent');
  const mine = isOver ? (records.data ?? []).filter(({ rentPayer }) => rentPayer === account?.address) : [];
  if (isOver && account && records.data === undefined && records.isError)
    return <Failed of={readingOf(records)} what="your votes, whose rent comes back," />;
  const roles: Role[] = ['anyone'];
  if (account?.address === proposal.proposer) roles.push('proposer');
  if (mine.length > 0) roles.push('voter');
  const acts = outlook.deeds
    .filter(({ who }) => roles.includes(who))
    .map(({ act }) => act)
    .filter(isHere);
  if (acts.length === 0) return null;
  return (
    <Section title="What can be done">
      {account ? (
        <Buttons acts={acts} proposal={proposal} outlook={outlook} payer={account.address} mine={mine} />
      ) : (
        <Actions>
          <ConnectButton />
        </Actions>
      )}
    </Section>
  );
}

type Offered = {
  name: string;
  title?: string;
  look?: 'primary' | 'risk';
  isReady?: boolean;
  instructions: () => Instruction[] | Promise<Instruction[]>;
};

function Buttons({
  acts,
  proposal,
  outlook,
  payer,
  mine,
}: Props & { acts: Act[]; payer: Address; mine: Keyed<Kinds['voteRecord']>[] }) {
  const review = useReview();
  const tokens = useTokens();
  const { treasury } = useFeeParams();
  const inMint = tokenOf(outlook.action, tokens);
  /** A vote that nobody has decided yet is decided in the same transaction. */
  const decided = (isDecided: boolean) => (isDecided ? [] : [finalizeProposal(proposal)]);
  const offered = (act: Act): Offered => {
    switch (act.kind) {
      case 'finalize':
        return {
          name: outlook.isTakenBack ? 'Return the deposit' : 'Decide the vote',
          instructions: () => [finalizeProposal(proposal)],
        };
      case 'execute':
        return {
          name: 'Execute it',
          title: 'Execute the proposal',
          look: 'primary',
          instructions: async () => [...decided(act.isDecided), await executeProposal(proposal)],
        };
      case 'withdrawFees':
        return {
          name: 'Execute it',
          title: 'Execute the proposal',
          look: 'primary',
          isReady: inMint !== undefined,
          instructions: async () =>
            inMint
              ? [...decided(act.isDecided), ...(await withdrawFees(payer, proposal, treasury, inMint))]
              : [],
        };
      case 'cancel':
        return {
          name: 'Take it back',
          title: 'Take the proposal back',
          look: 'risk',
          instructions: () => [cancelProposal(proposal)],
        };
      case 'reclaimRent':
        return {
          name: 'Reclaim the rent of your votes',
          title: 'Reclaim the rent of votes',
          instructions: () => mine.slice(0, AT_ONCE).map(closeVoteRecord),
        };
    }
  };
  return (
    <Actions>
      {acts.map((act) => {
        const { name, title = name, look, isReady = true, instructions } = offered(act);
        const names = { [treasury]: 'The treasury' };
        return (
          <Button
            key={act.kind}
            look={look}
            disabled={!isReady}
            onClick={async () => void review({ title, payer, instructions: await instructions(), names })}
          >
            {name}
          </Button>
        );
      })}
    </Actions>
  );
}
