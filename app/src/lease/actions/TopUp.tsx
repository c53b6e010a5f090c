import { useState } from 'react';
import { topUp } from 'gpu-lease';
import { program } from 'gpu-lease/rules';
import { useTokenBalance } from '../../chain/balances';
import { Fact, Facts } from '../../ui/Blocks';
import { TextField } from '../../ui/Field';
import { parseAmount } from '../../ui/format';
import { balanceHint } from '../../onchain/Read';
import { readingOf } from '../../ui/reading';
import { Amount, Time } from '../../ui/Values';
import { useWallets } from '../../wallet/Wallets';
import { ActionDialog, type ActionProps } from './ActionDialog';

/** Adds to the deposit. Anyone can; what is left goes to the lease's payer. */
export function TopUp({ context, onClose }: ActionProps) {
  const { lease, token, now, roles } = context;
  const { account } = useWallets();
  const balance = useTokenBalance(account?.address, token);
  const [text, setText] = useState('');
  const amount = parseAmount(text, token.decimals);
  const effect =
    typeof amount === 'bigint' && amount > 0n ? program().topUpEffect(lease.bytes, amount, now) : undefined;
  const isTooMuch = typeof amount === 'bigint' && balance.data !== undefined && amount > balance.data;
  return (
    <ActionDialog
      context={context}
      onClose={onClose}
      title="Top up"
      isReady={effect !== undefined && !isTooMuch}
      refusal={effect?.refusal}
      instructions={async (funder) => [
        await topUp(context, funder, typeof amount === 'bigint' ? amount : 0n),
      ]}
    >
      <TextField
        label="Amount"
        unit={token.symbol}
        inputMode="decimal"
        value={text}
        onChange={(event) => setText(event.target.value)}
        error={
          text !== '' && typeof amount === 'string'
            ? amount
            : isTooMuch
              ? 'The wallet has less than this.'
              : undefined
        }
        hint={balanceHint(readingOf(balance), token, 'The wallet')}
      />
      {effect?.after && (
        <Facts>
          <Fact label="Deposited after this">
            <Amount value={effect.after.money.deposited} token={token} places={6} />
          </Fact>
          {lease.startedAt > 0n && (
            <Fact label="Funded until">
              {effect.after.fundedUntil >= effect.after.endsAt ? (
                'the end'
              ) : (
                <Time at={effect.after.fundedUntil} />
              )}
            </Fact>
          )}
        </Facts>
      )}
      {!roles.includes('payer') && (
        <p>What is left of it at the end goes to the lease’s payer, not to you.</p>
      )}
    </ActionDialog>
  );
}
