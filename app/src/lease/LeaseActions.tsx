import type { Address, Instruction } from '@solana/kit';
import { useState, type ReactNode } from 'react';
import { Link } from 'react-router';
import { cancelLease, closeLease, ensureTokenAccount, expireLease, namesAround, releaseGpus, resolveByTimeout, settle } from '../chain/instructions';
import { ConnectButton } from '../shell/WalletMenu';
import { rules } from '../rules';
import { useReview } from '../shell/Review';
import { Actions, Section } from '../ui/Blocks';
import { Button, buttonClass } from '../ui/Button';
import { useWallets } from '../wallet/Wallets';
import { CloseTogether } from './actions/CloseTogether';
import { CoSign } from './actions/CoSign';
import { Dispute } from './actions/Dispute';
import { Extend } from './actions/Extend';
import { Notice } from './actions/Notice';
import { PublishAccess } from './actions/PublishAccess';
import { Resize } from './actions/Resize';
import { Resolve } from './actions/Resolve';
import { TopUp } from './actions/TopUp';
import { Closing } from './Closing';
import { mayTake } from './mayTake';
import type { LiveLease } from './useLease';

/** A dialog of an action; the rest are reviewed at once. */
const DIALOGS = {
  'lease top-up': ['Top up', TopUp],
  'lease extend': ['Extend', Extend],
  'lease resize': ['Change the GPUs', Resize],
  'lease terminate': ['Give notice', Notice],
  'dispute open': ['Dispute the usage', Dispute],
  'arbiter resolve': ['Decide the dispute', Resolve],
  'lease close --together': ['Close it now, both signing', CloseTogether],
  cosign: ['Co-sign usage', CoSign],
  'publish access': ['Replace the credentials', PublishAccess],
} as const;

type Dialog = keyof typeof DIALOGS;

/** What the reader can do with a lease now, by the program's own rules. */
export function LeaseActions({ live }: { live: LiveLease }) {
  const { account } = useWallets();
  const review = useReview();
  const [open, setOpen] = useState<Dialog>();
  const { lease, outlook, roles, provider, token, now } = live;

  const isFree = roles.operator && account !== undefined && rules().noticeEffect(lease.bytes, account.address, provider.bytes, now).refusal === null;
  const can = (command: string) => outlook.steps.some((step) => step.command === command && mayTake(step, roles, isFree));
  const names = namesAround(live);

  const direct = async (title: string, instructions: (actor: Address) => Promise<Instruction[]>, summary?: ReactNode) =>
    account && void review({ title, payer: account.address, instructions: await instructions(account.address), names, summary });
  /** Whoever acts pays for the provider's token account if it is missing. */
  const settled = async (actor: Address) => [await ensureTokenAccount(actor, provider.authority, token), await settle(live)];
  const dialog = (name: Dialog, isShown: boolean, look?: 'primary' | 'risk') =>
    isShown && (
      <Button key={name} {...(look ? { look } : {})} onClick={() => setOpen(name)}>
        {DIALOGS[name][0]}
      </Button>
    );

  const isForProvider = roles.provider || roles.operator;
  const runs = outlook.phase === 'running' || outlook.phase === 'exhausted';
  const shown = account
    ? [
        can('lease close') && (
          <Button key="close" look="primary" onClick={() => void direct('Close the lease', (actor) => closeLease(live, actor), <Closing live={live} />)}>
            Close and divide
          </Button>
        ),
        dialog('lease top-up', can('lease top-up') && Object.values(roles).includes(true), outlook.phase === 'exhausted' ? 'primary' : undefined),
        can('lease cancel') && (
          <Button key="cancel" onClick={() => void direct('Cancel the lease', (actor) => cancelLease(live, actor))}>
            Cancel, all of it comes back
          </Button>
        ),
        dialog('cosign', roles.guard && outlook.steps.some(({ command }) => command === 'attest sign')),
        dialog('lease extend', can('lease extend')),
        dialog('lease resize', can('lease resize')),
        can('settle') && (
          <Button key="settle" onClick={() => void direct('Settle', settled)}>
            Settle what is due
          </Button>
        ),
        can('lease release') && (
          <Button key="release" onClick={() => void direct('Give GPUs back', async () => [releaseGpus(live)])}>
            Give GPUs back to the offer
          </Button>
        ),
        (can('lease start') || (isForProvider && runs)) && (
          <Link key="provider" className={buttonClass()} to="/provider">
            {can('lease start') ? 'Start it under Provider' : 'State usage under Provider'}
          </Link>
        ),
        dialog('publish access', isForProvider && runs),
        dialog('lease close --together', can('lease close --together')),
        dialog('lease terminate', can('lease terminate')),
        can('lease expire') && (
          <Button key="expire" look="risk" onClick={() => void direct('End it, the provider is silent', async (actor) => [await expireLease(live, actor)])}>
            End it: the provider is silent
          </Button>
        ),
        dialog('dispute open', can('dispute open'), 'risk'),
        dialog('arbiter resolve', can('arbiter resolve'), 'primary'),
        can('dispute timeout') && (
          <Button key="timeout" onClick={() => void direct('Let the midpoint count', async () => [resolveByTimeout(live)])}>
            Let the midpoint count
          </Button>
        ),
      ].filter(Boolean)
    : [];
  const Opened = open && DIALOGS[open][1];
  return (
    <Section title="What you can do">
      {!account ? (
        <Actions>
          <ConnectButton />
          <small>Connect the wallet of a party to act.</small>
        </Actions>
      ) : shown.length === 0 ? (
        <p>Nothing at the moment, as this account.</p>
      ) : (
        <Actions>{shown}</Actions>
      )}
      {Opened && <Opened live={live} onClose={() => setOpen(undefined)} />}
    </Section>
  );
}
