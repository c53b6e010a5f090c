import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { payIntoBondAccount, tokenAccount, withdrawBond } from 'gpu-lease';
import { useTokens, type Token } from '../chain/accounts';
import { useTokenBalance } from '../chain/balances';
import { useHistory } from '../chain/useHistory';
import { keys } from '../chain/keys';
import { HistoryFoot } from '../shell/HistoryFoot';
import { useReview } from '../shell/useReview';
import { Actions, Section } from '../ui/Blocks';
import { Button } from '../ui/Button';
import { Dialog } from '../ui/Dialog';
import { TextField } from '../ui/Field';
import { parseAmount } from '../ui/format';
import { List } from '../ui/List';
import { balanceHint, Failed } from '../onchain/Read';
import { readingOf } from '../ui/reading';
import { AddressText } from '../onchain/AddressText';
import { Amount, Time } from '../ui/Values';
import type { Acting } from '../wallet/acting';

type Moving = { token: Token; way: 'in' | 'out' };

/** What is kept for bonds, mint by mint. Anyone may pay in; only the provider's wallet withdraws. */
export function BondAccounts({ acting }: { acting: Acting }) {
  const tokens = useTokens();
  const [moving, setMoving] = useState<Moving>();
  return (
    <Section title="Bond accounts">
      <p>
        Bonds can be paid from these accounts, and then return to them. The operator starts leases with what
        they hold, and anyone who steals its key can lose all of it: keep no more here than the next starts
        need. Only the provider’s wallet can withdraw.
      </p>
      <List label="Bond accounts" columns={['Currency', 'Balance', 'Account', '']}>
        {[...tokens.values()].map((token) => (
          <Row key={token.mint} acting={acting} token={token} onMove={(way) => setMoving({ token, way })} />
        ))}
      </List>
      <Withdrawals acting={acting} />
      {moving && <Move acting={acting} {...moving} onClose={() => setMoving(undefined)} />}
    </Section>
  );
}

function Row({
  acting: { provider, isOperator },
  token,
  onMove,
}: {
  acting: Acting;
  token: Token;
  onMove: (way: Moving['way']) => void;
}) {
  const balance = readingOf(useTokenBalance(provider.address, token));
  const { data: address } = useQuery({
    queryKey: keys.bondAccount(provider.address, token.mint),
    queryFn: () => tokenAccount(provider.address, token),
    refetchInterval: false,
  });
  return (
    <tr>
      <th scope="row">{token.symbol}</th>
      <td data-name="Balance">
        {balance.data !== undefined ? (
          <Amount value={balance.data} token={token} />
        ) : balance.isFailed ? (
          'could not be read'
        ) : (
          '…'
        )}
      </td>
      <td data-name="Account">{address && <AddressText address={address} />}</td>
      <td>
        <Actions>
          <Button small onClick={() => onMove('in')}>
            Pay in
          </Button>
          {!isOperator && (
            <Button small disabled={balance.data === 0n} onClick={() => onMove('out')}>
              Withdraw
            </Button>
          )}
        </Actions>
      </td>
    </tr>
  );
}

/** Pays into a bond account out of the reader's wallet, or takes out of it into that wallet. */
function Move({
  acting: { provider, key },
  token,
  way,
  onClose,
}: { acting: Acting; onClose: () => void } & Moving) {
  const review = useReview();
  const isIn = way === 'in';
  const balance = readingOf(useTokenBalance(isIn ? key : provider.address, token));
  const [text, setText] = useState('');
  const amount = parseAmount(text, token.decimals);
  const isTooMuch = typeof amount === 'bigint' && balance.data !== undefined && amount > balance.data;
  const from = isIn ? 'The wallet' : 'The bond account';
  const title = isIn ? 'Pay into the bond account' : 'Withdraw from the bond account';

  async function submit(amount: bigint) {
    const signature = await review({
      title,
      payer: key,
      names: { [provider.address]: 'Bond account' },
      instructions: await (isIn
        ? payIntoBondAccount(key, provider.address, token, amount)
        : withdrawBond(provider, token, amount)),
    });
    if (signature) onClose();
  }

  return (
    <Dialog
      title={title}
      onClose={onClose}
      onSubmit={() => typeof amount === 'bigint' && void submit(amount)}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            type="submit"
            look="primary"
            disabled={typeof amount === 'string' || amount === 0n || isTooMuch}
          >
            Review and sign
          </Button>
        </>
      }
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
              ? `${from} has less than this.`
              : undefined
        }
        hint={balanceHint(balance, token, from)}
      />
    </Dialog>
  );
}

/** What was withdrawn, as far as the history is shown. */
function Withdrawals({ acting: { provider } }: { acting: Acting }) {
  const past = useHistory(provider.address, 'provider');
  const tokens = useTokens();
  const withdrawals = (past.history.data?.entries ?? [])
    .flatMap(({ time, signature, events }) =>
      events.flatMap((event) =>
        event.event === 'BondWithdrawn' && event.provider === provider.address
          ? [{ time, signature, ...event }]
          : [],
      ),
    )
    .reverse();
  const foot = (
    <>
      {past.history.isFailed && <Failed of={past.history} what="the withdrawals" />}
      <HistoryFoot of={past} />
    </>
  );
  if (withdrawals.length === 0) return foot;
  return (
    <>
      <List label="Withdrawals from bond accounts" columns={['Withdrawn', 'When', 'Transaction']}>
        {withdrawals.map(({ time, signature, mint, amount }, i) => {
          const token = [...tokens.values()].find((token) => token.mint === mint);
          return (
            <tr key={`${signature} ${i}`}>
              <th scope="row">{token && <Amount value={amount} token={token} />}</th>
              <td data-name="When">
                <Time at={time} />
              </td>
              <td data-name="Transaction">
                <AddressText address={signature} what="signature" />
              </td>
            </tr>
          );
        })}
      </List>
      {foot}
    </>
  );
}
