import type { Address, Instruction } from '@solana/kit';
import type { ReactNode } from 'react';
import type { LeaseContext } from 'gpu-lease';
import { namesAround } from '../../onchain/names';
import { useReview } from '../../shell/useReview';
import { Callout } from '../../ui/Blocks';
import { Button } from '../../ui/Button';
import { Dialog } from '../../ui/Dialog';
import { useWallets } from '../../wallet/Wallets';
import type { LeaseNow } from '../useLease';

export type ActionProps = { context: LeaseNow; onClose: () => void };

type Props = Omit<ActionProps, 'context'> & {
  context: Pick<LeaseContext, 'lease' | 'provider'>;
  title: string;
  /** Why the program would refuse it. */
  refusal?: string | null | undefined;
  isReady: boolean;
  /** It stays good for the other party until it is used or withdrawn. */
  lasts?: boolean;
  instructions: (account: Address) => Promise<Instruction[]>;
  children: ReactNode;
};

/** An action with something to fill in: its consequence is shown while it is typed, then it is reviewed like any other. */
export function ActionDialog({
  context,
  onClose,
  title,
  refusal,
  isReady,
  lasts = false,
  instructions,
  children,
}: Props) {
  const { account } = useWallets();
  const review = useReview();
  const submit = async () => {
    if (!account) return;
    const signature = await review({
      title,
      payer: account.address,
      instructions: await instructions(account.address),
      names: namesAround(context),
      lasts,
    });
    if (signature) onClose();
  };
  return (
    <Dialog
      title={title}
      onClose={onClose}
      onSubmit={() => void submit()}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" disabled={!isReady || Boolean(refusal) || !account}>
            Review
          </Button>
        </>
      }
    >
      {children}
      {refusal && <Callout tone="risk">{refusal}</Callout>}
    </Dialog>
  );
}
