import { terminateLease } from 'gpu-lease';
import { program } from 'gpu-lease/rules';
import { Fact, Facts } from '../../ui/Blocks';
import { Amount, Duration, Time } from '../../ui/Values';
import { useWallets } from '../../wallet/Wallets';
import { ActionDialog, type ActionProps } from './ActionDialog';

/** Ends a lease when the notice is over. */
export function GiveNotice({ context, onClose }: ActionProps) {
  const { lease, provider, token, now } = context;
  const { account } = useWallets();
  const effect = account && program().noticeEffect(lease.bytes, account.address, provider.bytes, now);
  const after = effect?.after;
  const isAtOnce = after && after.endsAt <= now;
  return (
    <ActionDialog
      context={context}
      onClose={onClose}
      title="Give notice"
      isReady={after !== undefined && after !== null}
      refusal={effect?.refusal}
      instructions={async (party) => (after ? [await terminateLease(context, party, after.endsAt)] : [])}
    >
      <p>
        {isAtOnce ? (
          'The lease ends at once: no money is left to pay for it, so no notice is owed.'
        ) : (
          <>
            The lease ends when the notice of <Duration seconds={lease.terms.notice} /> is over. After that it
            cannot be extended.
          </>
        )}
      </p>
      {after && (
        <Facts>
          <Fact label="Ends">
            <Time at={after.endsAt} />
          </Fact>
          <Fact label="Deposited">
            <Amount value={after.money.deposited} token={token} />
          </Fact>
          <Fact label="Comes back, less what is delivered until then">
            <Amount value={after.money.refundable} token={token} tone="in" />
          </Fact>
        </Facts>
      )}
    </ActionDialog>
  );
}
