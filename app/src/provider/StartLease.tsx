import { getBase58Decoder } from '@solana/kit';
import { useState } from 'react';
import { ensureTokenAccount, now as chainNow, startLease } from 'gpu-lease';
import { program } from 'gpu-lease/rules';
import { namesAround } from '../onchain/names';
import { useTokenBalance } from '../chain/balances';
import { useReview } from '../shell/useReview';
import { Fact, Facts, Callout } from '../ui/Blocks';
import { Button } from '../ui/Button';
import { Dialog } from '../ui/Dialog';
import { Select } from '../ui/Field';
import { formatCount, formatMoney } from '../ui/format';
import { formatError } from '../onchain/formatError';
import { AddressText } from '../onchain/AddressText';
import { Amount, Duration } from '../ui/Values';
import { keepBondSource, keptBondSource } from './bondSource';
import type { Acting } from '../wallet/acting';
import type { ProviderLease } from './leases';
import { useCredentials } from '../access/useCredentials';

/** Hands the credentials over, encrypted to the renter, and puts up the bond. */
export function StartLease({
  item,
  acting: { key, isOperator },
  onClose,
}: {
  item: ProviderLease;
  acting: Acting;
  onClose: () => void;
}) {
  const { lease, provider, token } = item;
  const review = useReview();
  const ofWallet = useTokenBalance(key, token);
  const ofBondAccount = useTokenBalance(provider.address, token);
  const [isPooled, setPooled] = useState(isOperator || keptBondSource() === 'bond account');
  const { field, isReady, encrypted } = useCredentials(lease);
  const [problem, setProblem] = useState<string>();

  const start = program().startEffect(lease.bytes, chainNow());
  const { data: balance } = isPooled ? ofBondAccount : ofWallet;
  const tooPoor = balance !== undefined && balance < start.bond;

  async function submit() {
    setProblem(undefined);
    try {
      const by = { key, isPooled };
      const signature = await review({
        title: 'Start the lease',
        payer: key,
        names: namesAround(item),
        instructions: [
          await ensureTokenAccount(key, isPooled ? provider.address : key, token),
          await startLease(item, by, encrypted()),
        ],
      });
      if (!signature) return;
      if (!isOperator) keepBondSource(isPooled ? 'bond account' : 'wallet');
      onClose();
    } catch (error) {
      setProblem(formatError(error));
    }
  }

  const has = ({ data, isError }: typeof ofWallet) =>
    data !== undefined
      ? `, which has ${formatMoney(data, token)}`
      : isError && ', whose balance could not be read';
  return (
    <Dialog
      title="Start the lease"
      onClose={onClose}
      onSubmit={() => void submit()}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" disabled={!isReady || tooPoor || start.refusal !== null}>
            Review and sign
          </Button>
        </>
      }
    >
      <Facts>
        <Fact label="The lease is for">
          {formatCount(lease.gpus, 'GPU')} for <Duration seconds={lease.duration} />
        </Fact>
        <Fact label="You put up a bond of">
          <Amount value={start.bond} token={token} tone="risk" />
        </Fact>
        <Fact label="The renter has deposited">
          <Amount value={lease.ledger.deposited} token={token} tone="in" />
        </Fact>
        <Fact label="Encrypted to the renter’s key">
          <AddressText address={getBase58Decoder().decode(lease.accessKey)} what="key" />
        </Fact>
      </Facts>
      {isOperator ? (
        <p>The bond comes from the bond account{has(ofBondAccount)}.</p>
      ) : (
        <Select
          label="The bond comes from"
          value={String(isPooled)}
          onChange={(event) => setPooled(event.target.value === 'true')}
        >
          <option value="false">this wallet{has(ofWallet)}</option>
          <option value="true">the bond account{has(ofBondAccount)}</option>
        </Select>
      )}
      <p>
        At the end the bond returns to where it came from, less what missing GPU time costs under your
        promise. The clock starts with this transaction. Even a start that is refused publishes the
        credentials, so enable them only once it is confirmed.
      </p>
      {field}
      {start.refusal && <Callout tone="risk">{start.refusal}</Callout>}
      {tooPoor && (
        <Callout tone="risk">
          {isPooled ? 'The bond account' : 'This wallet'} has <Amount value={balance} token={token} />. Send{' '}
          {token.symbol} for the bond to it first.
        </Callout>
      )}
      {problem && <Callout tone="risk">{problem}</Callout>}
    </Dialog>
  );
}
