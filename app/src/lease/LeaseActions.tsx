import type { Address, Instruction } from '@solana/kit';
import { useState, type ComponentType, type ReactNode } from 'react';
import { useNavigate } from 'react-router';
import {
  cancelLease,
  closeLease,
  ensureTokenAccount,
  expireLease,
  releaseGpus,
  resolveByTimeout,
  settle,
} from 'gpu-lease';
import { can } from 'gpu-lease/rules';
import { namesAround } from '../onchain/names';
import { ConnectButton } from '../shell/WalletMenu';
import { useReview } from '../shell/useReview';
import { Actions, Section } from '../ui/Blocks';
import { Button } from '../ui/Button';
import { Menu, MenuItem } from '../ui/Menu';
import { useWallets } from '../wallet/Wallets';
import type { ActionProps } from './actions/ActionDialog';
import { CloseTogether } from './actions/CloseTogether';
import { CoSign } from './actions/CoSign';
import { Dispute } from './actions/Dispute';
import { Extend } from './actions/Extend';
import { GiveNotice } from './actions/GiveNotice';
import { PublishAccess } from './actions/PublishAccess';
import { Resize } from './actions/Resize';
import { Resolve } from './actions/Resolve';
import { TopUp } from './actions/TopUp';
import { ClosingFacts } from './ClosingFacts';
import { mainAction, type Action } from './mainAction';
import type { LeaseNow } from './useLease';

/** A dialog of its own, or done by `run` and reviewed at once. */
type Offered = { name: string } & ({ dialog: ComponentType<ActionProps> } | { run: () => unknown });

/** Whether the reader finds something here: a provider reports what its attestor signs; anyone may top up, and those who have a part in the lease find it. */
function isOffered({ outlook, roles }: LeaseNow, action: Action): boolean {
  switch (action) {
    case 'attest':
      return can(outlook, action) && (roles.includes('provider') || roles.includes('operator'));
    case 'topUp':
      return can(outlook, action) && roles.some((role) => role !== 'anyone');
    default:
      return can(outlook, action, roles);
  }
}

/** What the reader can do with a lease now, by the program's own rules. */
export function LeaseActions({ context }: { context: LeaseNow }) {
  const { account } = useWallets();
  const review = useReview();
  const navigate = useNavigate();
  const [open, setOpen] = useState<Action>();
  const { outlook, provider, token } = context;
  const names = namesAround(context);

  const direct = async (
    title: string,
    instructions: (actor: Address) => Promise<Instruction[]>,
    summary?: ReactNode,
  ) =>
    account &&
    void review({
      title,
      payer: account.address,
      instructions: await instructions(account.address),
      names,
      summary,
    });
  /** The account that acts pays for the provider's token account if it is missing. */
  const settled = async (actor: Address) => [
    await ensureTokenAccount(actor, provider.authority, token),
    await settle(context),
  ];
  const offers: Record<Action, Offered> = {
    close: {
      name: 'Close the lease',
      run: () =>
        direct(
          'Close the lease',
          (actor) => closeLease(context, actor),
          <ClosingFacts closing={outlook.ifClosed} token={token} />,
        ),
    },
    topUp: { name: 'Top up', dialog: TopUp },
    cancel: {
      name: 'Cancel, all of it comes back',
      run: () => direct('Cancel the lease', (actor) => cancelLease(context, actor)),
    },
    start: { name: 'Start it under Provider', run: () => navigate('/provider') },
    attest: { name: 'Report usage under Provider', run: () => navigate('/provider') },
    coSign: { name: 'Co-sign usage', dialog: CoSign },
    extend: { name: 'Extend', dialog: Extend },
    resize: { name: 'Change the GPUs', dialog: Resize },
    settle: { name: 'Settle what is due', run: () => direct('Settle', settled) },
    releaseGpus: {
      name: 'Give GPUs back to the offer',
      run: () => direct('Give GPUs back', async () => [releaseGpus(context)]),
    },
    publishAccess: { name: 'Replace the credentials', dialog: PublishAccess },
    closeTogether: { name: 'Close it now, both signing', dialog: CloseTogether },
    terminate: { name: 'Give notice', dialog: GiveNotice },
    expire: {
      name: 'End it: the provider is silent',
      run: () =>
        direct('End it, the provider is silent', async (actor) => [await expireLease(context, actor)]),
    },
    dispute: { name: 'Dispute the usage', dialog: Dispute },
    resolve: { name: 'Decide the dispute', dialog: Resolve },
    resolveByTimeout: {
      name: 'Let the midpoint count',
      run: () => direct('Let the midpoint count', async () => [resolveByTimeout(context)]),
    },
  };
  const possible = (Object.keys(offers) as Action[]).filter((action) => isOffered(context, action));
  const first = mainAction(outlook.phase, possible, outlook.fundedUntil >= outlook.endsAt);
  const more = possible.filter((action) => action !== first);
  const act = (action: Action) => {
    const offered = offers[action];
    void ('run' in offered ? offered.run() : setOpen(action));
  };
  const opened = open && offers[open];
  const Opened = opened && 'dialog' in opened ? opened.dialog : undefined;
  return (
    <Section title="What you can do">
      {!account ? (
        <Actions>
          <ConnectButton />
          <small>Connect the wallet of a party to act.</small>
        </Actions>
      ) : possible.length === 0 ? (
        <p>Nothing at the moment with this account.</p>
      ) : (
        <Actions>
          {first && (
            <Button look="primary" onClick={() => act(first)}>
              {offers[first].name}
            </Button>
          )}
          {more.length > 0 && (
            <Menu label="More" trigger={<Button>More</Button>} align="start">
              {more.map((action) => (
                <MenuItem key={action} onSelect={() => act(action)}>
                  {offers[action].name}
                </MenuItem>
              ))}
            </Menu>
          )}
        </Actions>
      )}
      {Opened && <Opened context={context} onClose={() => setOpen(undefined)} />}
    </Section>
  );
}
