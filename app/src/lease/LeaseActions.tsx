import type { Address, Instruction } from '@solana/kit';
import { useState, type ReactNode } from 'react';
import { useNavigate } from 'react-router';
import { cancelLease, closeLease, ensureTokenAccount, expireLease, namesAround, releaseGpus, resolveByTimeout, settle } from '../chain/instructions';
import { ConnectButton } from '../shell/WalletMenu';
import { rules } from '../rules';
import { useReview } from '../shell/useReview';
import { Actions, Section } from '../ui/Blocks';
import { Button } from '../ui/Button';
import { Menu, MenuItem } from '../ui/Menu';
import { useWallets } from '../wallet/Wallets';
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
import { mayTake } from './mayTake';
import type { LeaseNow } from './useLease';

/** A dialog of an action; the rest are reviewed at once. */
const DIALOGS = {
  'lease top-up': ['Top up', TopUp],
  'lease extend': ['Extend', Extend],
  'lease resize': ['Change the GPUs', Resize],
  'lease terminate': ['Give notice', GiveNotice],
  'dispute open': ['Dispute the usage', Dispute],
  'arbiter resolve': ['Decide the dispute', Resolve],
  'lease close --together': ['Close it now, both signing', CloseTogether],
  cosign: ['Co-sign usage', CoSign],
  'publish access': ['Replace the credentials', PublishAccess],
} as const;

type Dialog = keyof typeof DIALOGS;

/** Something that may be possible: with a dialog of its own, or done by `run`. */
type Offered = { isPossible: boolean } & ({ action: Dialog } | { action: Exclude<Action, Dialog>; name: string; run: () => unknown });

/** What the reader can do with a lease now, by the program's own rules. */
export function LeaseActions({ context }: { context: LeaseNow }) {
  const { account } = useWallets();
  const review = useReview();
  const navigate = useNavigate();
  const [open, setOpen] = useState<Dialog>();
  const { lease, outlook, roles, provider, token, now } = context;

  const isFree = roles.operator && account !== undefined && rules().noticeEffect(lease.bytes, account.address, provider.bytes, now).refusal === null;
  const can = (command: string) => outlook.steps.some((step) => step.command === command && mayTake(step, roles, isFree));
  const names = namesAround(context);

  const direct = async (title: string, instructions: (actor: Address) => Promise<Instruction[]>, summary?: ReactNode) =>
    account && void review({ title, payer: account.address, instructions: await instructions(account.address), names, summary });
  /** The account that acts pays for the provider's token account if it is missing. */
  const settled = async (actor: Address) => [await ensureTokenAccount(actor, provider.authority, token), await settle(context)];
  const isForProvider = roles.provider || roles.operator;
  const runs = outlook.phase === 'running' || outlook.phase === 'exhausted';
  const all: Offered[] = [
    { action: 'lease close', name: 'Close the lease', isPossible: can('lease close'), run: () => direct('Close the lease', (actor) => closeLease(context, actor), <ClosingFacts closing={outlook.ifClosed} token={token} />) },
    { action: 'lease top-up', isPossible: can('lease top-up') && Object.values(roles).includes(true) },
    { action: 'lease cancel', name: 'Cancel, all of it comes back', isPossible: can('lease cancel'), run: () => direct('Cancel the lease', (actor) => cancelLease(context, actor)) },
    { action: 'lease start', name: 'Start it under Provider', isPossible: can('lease start'), run: () => navigate('/provider') },
    { action: 'report', name: 'Report usage under Provider', isPossible: isForProvider && runs, run: () => navigate('/provider') },
    { action: 'cosign', isPossible: roles.guard && outlook.steps.some(({ command }) => command === 'attest sign') },
    { action: 'lease extend', isPossible: can('lease extend') },
    { action: 'lease resize', isPossible: can('lease resize') },
    { action: 'settle', name: 'Settle what is due', isPossible: can('settle'), run: () => direct('Settle', settled) },
    { action: 'lease release', name: 'Give GPUs back to the offer', isPossible: can('lease release'), run: () => direct('Give GPUs back', async () => [releaseGpus(context)]) },
    { action: 'publish access', isPossible: isForProvider && runs },
    { action: 'lease close --together', isPossible: can('lease close --together') },
    { action: 'lease terminate', isPossible: can('lease terminate') },
    {
      action: 'lease expire',
      name: 'End it: the provider is silent',
      isPossible: can('lease expire'),
      run: () => direct('End it, the provider is silent', async (actor) => [await expireLease(context, actor)]),
    },
    { action: 'dispute open', isPossible: can('dispute open') },
    { action: 'arbiter resolve', isPossible: can('arbiter resolve') },
    { action: 'dispute timeout', name: 'Let the midpoint count', isPossible: can('dispute timeout'), run: () => direct('Let the midpoint count', async () => [resolveByTimeout(context)]) },
  ];
  const possible = all.filter(({ isPossible }) => isPossible);
  const main = mainAction(outlook.phase, possible.map(({ action }) => action), outlook.fundedUntil >= outlook.endsAt);
  const first = possible.find(({ action }) => action === main);
  const more = possible.filter((offered) => offered !== first);
  const nameOf = (offered: Offered) => ('run' in offered ? offered.name : DIALOGS[offered.action][0]);
  const act = (offered: Offered) => void ('run' in offered ? offered.run() : setOpen(offered.action));
  const Opened = open && DIALOGS[open][1];
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
              {nameOf(first)}
            </Button>
          )}
          {more.length > 0 && (
            <Menu label="More" trigger={<Button>More</Button>} align="start">
              {more.map((offered) => (
                <MenuItem key={offered.action} onSelect={() => act(offered)}>
                  {nameOf(offered)}
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
