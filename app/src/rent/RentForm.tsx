import type { Quote } from 'gpu-lease/rules';
import { UNNAMED, type Token } from '../chain/accounts';
import type { Row } from '../listing/row';
import { AddressText } from '../onchain/AddressText';
import { Failed } from '../onchain/Read';
import { ConnectButton } from '../shell/WalletMenu';
import { Actions, Callout, Fact, Facts, Fields, Section, Stat, Stats } from '../ui/Blocks';
import { Button } from '../ui/Button';
import { Select, TextField } from '../ui/Field';
import { Form } from '../ui/Form';
import { formatAmount, formatBps, formatTime } from '../ui/format';
import { Amount, Duration, Sol } from '../ui/Values';
import { DEADLINES } from './rentDraft';
import styles from './RentForm.module.css';
import { useRentDraft } from './useRentDraft';

/** What is rented on the left, what that costs on the right. */
export function RentForm({ row }: { row: Row }) {
  const { token } = row;
  const form = useRentDraft(row);
  const { draft, change, errors, quote, renter } = form;
  return (
    <Form className={styles.columns} onSubmit={() => void form.submit()}>
      <Section title="What you rent">
        <Fields>
          <TextField
            label="GPUs"
            inputMode="numeric"
            value={draft.gpus}
            onChange={(e) => change({ gpus: e.target.value })}
            error={errors.gpus}
          />
          <TextField
            label="Hours"
            inputMode="decimal"
            value={draft.hours}
            onChange={(e) => change({ hours: e.target.value })}
            error={errors.hours}
          />
        </Fields>
        <TextField
          label="Deposit"
          unit={token.symbol}
          inputMode="decimal"
          value={draft.deposit}
          placeholder={quote ? formatAmount(quote.total, token.decimals) : ''}
          onChange={(e) => change({ deposit: e.target.value })}
          error={errors.deposit}
          hint={
            quote &&
            (quote.fundedSeconds >= BigInt(form.duration) ? (
              'Pays for the whole length. You can add to it at any time.'
            ) : (
              <>
                Pays for the first <Duration seconds={quote.fundedSeconds} />. Add to it before it is used up.
              </>
            ))
          }
        />
        <Select
          label="The provider has to start it within"
          value={draft.deadline}
          onChange={(e) => change({ deadline: Number(e.target.value) })}
          hint="Otherwise you get all of it back. Until it starts you can cancel at any time."
        >
          {DEADLINES.map(([seconds, name]) => (
            <option key={seconds} value={seconds}>
              {name}
            </option>
          ))}
        </Select>
        <TextField
          label="Paid by another wallet (optional)"
          placeholder="address of a sponsor"
          value={draft.sponsor}
          onChange={(e) => change({ sponsor: e.target.value })}
          error={errors.sponsor}
          hint="The sponsor signs after you, pays, and gets the refund."
        />
        {form.goodForField}
        {form.accessKeyFields}
      </Section>

      <Section title="Cost">
        {quote && !quote.refusal ? (
          <Cost quote={quote} token={token} feeBps={form.feeBps} rent={form.rent} startsBy={form.startsBy} />
        ) : (
          <Callout tone="risk">{quote?.refusal ?? 'Enter how many GPUs for how long.'}</Callout>
        )}
        {token.rank === UNNAMED && (
          <Callout tone="risk">
            This page does not know the currency <AddressText address={token.mint} />: anyone can make one.
            Rent in it only if you know what it is.
          </Callout>
        )}
        {form.pausedUntil !== undefined && (
          <Callout tone="risk">New leases are paused until {formatTime(form.pausedUntil)}.</Callout>
        )}
        {form.tooPoor && (
          <Callout tone="risk">
            This wallet has <Amount value={form.balance ?? 0n} token={token} />. Lower the deposit, or send{' '}
            {token.symbol} to it.
          </Callout>
        )}
        {form.hasPayer && form.needed.isFailed && (
          <Failed of={form.needed} what="what this needs: balance, rent and the renter’s fee account" />
        )}
        {form.problem && <Callout tone="risk">{form.problem}</Callout>}
        <Actions>
          {renter ? (
            <Button type="submit" look="primary" disabled={!form.isReady}>
              Review and sign
            </Button>
          ) : (
            <ConnectButton />
          )}
        </Actions>
      </Section>
    </Form>
  );
}

type CostProps = { quote: Quote; token: Token; feeBps: number; rent: bigint | undefined; startsBy: bigint };

function Cost({ quote, token, feeBps, rent, startsBy }: CostProps) {
  return (
    <>
      <Stats>
        <Stat
          label="In total"
          tone="out"
          note={`${formatBps(feeBps)} fee included: ${formatAmount(quote.fee, token.decimals)}`}
        >
          <Amount value={quote.total} token={token} />
        </Stat>
        <Stat label="You deposit" tone="risk" note="held by the escrow, not by the provider">
          <Amount value={quote.deposit} token={token} />
        </Stat>
      </Stats>
      <Facts>
        <Fact label="Fee, fixed for this lease">{formatBps(feeBps)} of what the provider is paid</Fact>
        <Fact label="Rent of the accounts, which comes back">
          {rent !== undefined && <Sol value={rent} />}
        </Fact>
        <Fact label="If it never starts, you get back">
          <Amount value={quote.deposit} token={token} /> by {formatTime(startsBy)}
        </Fact>
        <Fact label="If nothing is delivered after the start, you get back">
          <Amount value={quote.deposit + quote.credit} token={token} tone="in" />
        </Fact>
        <Fact label="of that, from the provider’s bond, up to">
          <Amount value={quote.credit} token={token} tone="in" />
        </Fact>
        <Fact label="The most you pay, if all of it is delivered">
          <Amount
            value={quote.total < quote.deposit ? quote.total : quote.deposit}
            token={token}
            tone="out"
          />
        </Fact>
      </Facts>
    </>
  );
}
