import { getBase58Decoder } from '@solana/kit';
import { useState } from 'react';
import { useTokenBalance } from '../chain/balances';
import { now as chainNow } from '../chain/clock';
import { ensureTokenAccount, namesAround, startLease } from '../chain/instructions';
import { rules } from '../rules';
import { useReview } from '../shell/Review';
import { Fact, Facts, Notice } from '../ui/Blocks';
import { Button } from '../ui/Button';
import { Dialog } from '../ui/Dialog';
import { TextArea } from '../ui/Field';
import { formatCount, formatError } from '../ui/format';
import { AddressText, Amount, Duration } from '../ui/Values';
import type { ProviderLease } from './leases';

/** Hands the credentials over, encrypted to the renter, and puts up the bond. */
export function StartLease({ item, onClose }: { item: ProviderLease; onClose: () => void }) {
  const { lease, provider, token } = item;
  const { authority } = provider;
  const review = useReview();
  const balance = useTokenBalance(authority, token);
  const [credentials, setCredentials] = useState('');
  const [problem, setProblem] = useState<string>();

  const most = rules().bounds().maxCredentials;
  const size = new TextEncoder().encode(credentials).length;
  const tooLong = size > most ? `This takes ${size} bytes and only ${most} fit; shorten it, for instance to an address where they are found.` : undefined;
  const start = rules().startEffect(lease.bytes, chainNow());
  const tooPoor = balance.data !== undefined && balance.data < start.bond;

  async function submit() {
    setProblem(undefined);
    try {
      const random = crypto.getRandomValues(new Uint8Array(32));
      const blob = rules().encryptAccess(lease.accessKey as Uint8Array, credentials, random);
      const signature = await review({
        title: 'Start the lease',
        payer: authority,
        names: namesAround(item),
        instructions: [await ensureTokenAccount(authority, authority, token), await startLease(item, blob)],
      });
      if (signature) onClose();
    } catch (error) {
      setProblem(formatError(error));
    }
  }

  return (
    <Dialog
      title="Start the lease"
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            look="primary"
            disabled={credentials.trim() === '' || tooLong !== undefined || tooPoor || start.refusal !== null}
            onClick={() => void submit()}
          >
            Review and sign
          </Button>
        </>
      }
    >
      <Facts>
        <Fact label="It holds">
          {formatCount(lease.gpus, 'GPU')} for <Duration seconds={lease.duration} />
        </Fact>
        <Fact label="You put up a bond of"><Amount value={start.bond} token={token} tone="risk" /></Fact>
        <Fact label="The renter has deposited">
          <Amount value={lease.ledger.deposited} token={token} tone="in" />
        </Fact>
        <Fact label="Encrypted to the renter’s key">
          <AddressText address={getBase58Decoder().decode(lease.accessKey)} what="key" />
        </Fact>
      </Facts>
      <p>The bond comes back at the end, less what missing GPU time costs by your promise. The clock starts with this transaction.
        A start that is refused has published the credentials all the same, so let them work only once it is confirmed.</p>
      <TextArea
        label="Access credentials"
        value={credentials}
        placeholder={'ssh renter@203.0.113.7\npassword …'}
        onChange={(event) => setCredentials(event.target.value)}
        error={tooLong}
        hint={
          credentials.trim() === ''
            ? 'How the renter reaches the GPUs. They are encrypted in this page; only the renter can read them.'
            : `${size} of ${most} bytes. Encrypted in this page; only the renter can read them.`
        }
      />
      {start.refusal && <Notice tone="risk">{start.refusal}</Notice>}
      {tooPoor && (
        <Notice tone="risk">
          This wallet has <Amount value={balance.data ?? 0n} token={token} />. Send {token.symbol} for the bond to it first.
        </Notice>
      )}
      {problem && <Notice tone="risk">{problem}</Notice>}
    </Dialog>
  );
}
