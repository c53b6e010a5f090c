import { isAddress, type Address } from '@solana/kit';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useNavigate, useSearchParams } from 'react-router';
import { UNNAMED, useAccount, useFeeParams, useProtocol } from '../chain/accounts';
import { useTokenBalance } from '../chain/balances';
import { useChain } from '../chain/Chain';
import { now as chainNow, useNow } from '../chain/clock';
import { openLease, participantAddress } from '../chain/instructions';
import { useGoodFor } from '../shell/useGoodFor';
import type { Terms } from '../generated';
import type { Row } from '../listing/row';
import { rules, type Quote } from '../rules';
import { ConnectButton } from '../shell/WalletMenu';
import { useReview } from '../shell/useReview';
import { Actions, Fact, Facts, Fields, Callout, Section, Stat, Stats } from '../ui/Blocks';
import { Button } from '../ui/Button';
import { Form } from '../ui/Form';
import { Select, TextField } from '../ui/Field';
import { formatAmount, formatBps, formatDuration, formatMoney, formatTime, parseAmount } from '../ui/format';
import { formatError } from '../onchain/formatError';
import { Failed } from '../onchain/Read';
import { together } from '../ui/reading';
import { parseNumber } from '../ui/number';
import { AddressText } from '../onchain/AddressText';
import { Amount, Duration, Sol } from '../ui/Values';
import { useWallets } from '../wallet/Wallets';
import styles from './RentForm.module.css';
import { useAccessKey } from './useAccessKey';

const HOUR = 3_600;
const DEADLINES: [number, string][] = [
  [HOUR / 4, '15 minutes'],
  [HOUR, '1 hour'],
  [6 * HOUR, '6 hours'],
  [24 * HOUR, '1 day'],
];

/** The shortest lease in hours: whole ones, unless that is too long. */
function shortest({ minDuration, maxDuration }: Pick<Terms, 'minDuration' | 'maxDuration'>): number {
  const whole = Math.max(1, Math.ceil(minDuration / HOUR));
  return whole * HOUR <= maxDuration ? whole : minDuration / HOUR;
}

/** Bytes of a token account, as a lease's vault is one. */
const VAULT_SIZE = 165n;

export function RentForm({ row }: { row: Row }) {
  const { offer, token } = row;
  const { terms } = offer;
  const [params] = useSearchParams();
  const { rpc } = useChain();
  const { feeBps } = useFeeParams();
  const protocol = useProtocol();
  const now = useNow();
  const wallets = useWallets();
  const review = useReview();
  const navigate = useNavigate();

  const [gpus, setGpus] = useState(params.get('gpus') ?? '1');
  const [hours, setHours] = useState(params.get('hours') ?? String(shortest(terms)));
  const [deposit, setDeposit] = useState('');
  const [sponsor, setSponsor] = useState('');
  const [deadline, setDeadline] = useState(HOUR);
  const [problem, setProblem] = useState<string>();

  const renter = wallets.account?.address;
  const payer = sponsor.trim() === '' ? renter : isAddress(sponsor.trim()) ? (sponsor.trim() as Address) : undefined;
  const accessKey = useAccessKey(renter);
  const goodFor = useGoodFor();
  const hasSponsor = payer !== renter;
  const balance = useTokenBalance(payer, token);
  const participant = useQuery({
    queryKey: ['participant of', renter],
    queryFn: () => participantAddress(renter!),
    enabled: renter !== undefined,
  });
  const seat = useAccount('participant', participant.data);
  const rent = useQuery({
    queryKey: ['rent'],
    queryFn: async () => {
      const parts = await Promise.all([BigInt(rules().accountSizes().lease), VAULT_SIZE].map((size) => rpc.getMinimumBalanceForRentExemption(size).send()));
      return parts.reduce<bigint>((sum, part) => sum + part, 0n);
    },
    staleTime: Infinity,
  });

  const needed = together({ balance, seat, rent });

  const readGpus = parseNumber(gpus, { isWhole: true, least: 1 });
  const readHours = parseNumber(hours);
  const count = typeof readGpus === 'number' ? readGpus : 0;
  const seconds = typeof readHours === 'number' ? Math.round(readHours * HOUR) : 0;
  const gpusError = typeof readGpus === 'string' ? readGpus : count > offer.gpusFree ? `Only ${offer.gpusFree} are free now.` : undefined;
  const isLength = seconds >= terms.minDuration && seconds <= terms.maxDuration;
  const hoursError =
    typeof readHours === 'string' ? readHours : isLength ? undefined : `This offer is for ${formatDuration(terms.minDuration)} to ${formatDuration(terms.maxDuration)}.`;
  const amount = deposit.trim() === '' ? undefined : parseAmount(deposit, token.decimals);
  const canQuote = !gpusError && !hoursError && typeof amount !== 'string';
  const quote = canQuote
    ? rules().quote({ offer: offer.bytes, gpus: count, duration: seconds, feeBps, ...(amount === undefined ? {} : { deposit: amount }) })
    : undefined;
  const depositError =
    typeof amount === 'string'
      ? amount
      : quote && quote.deposit < quote.minimumDeposit
        ? `At least ${formatMoney(quote.minimumDeposit, token)}, the price of the shortest lease.`
        : undefined;
  const tooPoor = quote && balance.data !== undefined && balance.data < quote.deposit;
  const isPaused = protocol.pausedUntil > now;
  const isReady = quote && !quote.refusal && !depositError && payer && renter && seat.data !== undefined && accessKey.isReady && !isPaused && !tooPoor;

  // The provider has its time also if the sponsor signs at the last moment, as far as the program allows, less a minute by which clocks differ.
  const longest = BigInt(deadline) + (hasSponsor && goodFor.lasts ? goodFor.validFor : 0n);
  const most = BigInt(rules().bounds().maxStartWindow) - 60n;
  const startWindow = longest < most ? longest : most;

  async function submit(quote: Quote) {
    if (!renter || !payer) return;
    setProblem(undefined);
    const nonce = BigInt(Date.now());
    try {
      const secret = await accessKey.secretFor(nonce);
      const { lease, instructions } = await openLease({
        renter,
        payer,
        offer,
        token,
        hasParticipant: seat.data !== null,
        nonce,
        gpus: count,
        duration: seconds,
        deposit: quote.deposit,
        startDeadline: chainNow() + startWindow,
        maxFeeBps: feeBps,
        arbiter: protocol.arbiter,
        accessKey: rules().accessPublicKey(secret),
        validFor: goodFor.validFor,
      });
      const signature = await review({
        title: 'Open the lease',
        instructions,
        payer,
        names: { [lease]: 'Escrow of this lease', [payer]: 'The sponsor' },
        lasts: hasSponsor && goodFor.lasts,
      });
      if (signature) void navigate(`/leases/${lease}`);
    } catch (error) {
      setProblem(formatError(error));
    }
  }

  return (
    <Form className={styles.columns} onSubmit={() => quote && void submit(quote)}>
      <Section title="What you rent">
        <Fields>
          <TextField label="GPUs" inputMode="numeric" value={gpus} onChange={(e) => setGpus(e.target.value)} error={gpusError} />
          <TextField label="Hours" inputMode="decimal" value={hours} onChange={(e) => setHours(e.target.value)} error={hoursError} />
        </Fields>
        <TextField
          label="Deposit"
          unit={token.symbol}
          inputMode="decimal"
          value={deposit}
          placeholder={quote ? formatAmount(quote.total, token.decimals) : ''}
          onChange={(e) => setDeposit(e.target.value)}
          error={depositError}
          hint={
            quote &&
            (quote.fundedSeconds >= BigInt(seconds) ? (
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
          value={deadline}
          onChange={(e) => setDeadline(Number(e.target.value))}
          hint={`Otherwise you get all of it back. Until it starts you can cancel at any time.`}
        >
          {DEADLINES.map(([value, name]) => (
            <option key={value} value={value}>
              {name}
            </option>
          ))}
        </Select>
        <TextField
          label="Paid by another wallet (optional)"
          placeholder="address of a sponsor"
          value={sponsor}
          onChange={(e) => setSponsor(e.target.value)}
          error={payer || !renter ? undefined : 'This is not a valid address.'}
          hint="The sponsor signs after you, pays, and gets the refund."
        />
        {renter && hasSponsor && goodFor.field}
        {accessKey.fields}
      </Section>

      <Section title="Cost">
        {quote && !quote.refusal ? (
          <>
            <Stats>
              <Stat label="In total" tone="out" note={`${formatBps(feeBps)} fee included: ${formatAmount(quote.fee, token.decimals)}`}>
                <Amount value={quote.total} token={token} />
              </Stat>
              <Stat label="You deposit" tone="risk" note="held by the escrow, not by the provider">
                <Amount value={quote.deposit} token={token} />
              </Stat>
            </Stats>
            <Facts>
              <Fact label="Fee, fixed for this lease">
                {formatBps(feeBps)} of what the provider is paid
              </Fact>
              <Fact label="Rent of the accounts, which comes back">{rent.data !== undefined && <Sol value={rent.data} />}</Fact>
              <Fact label="If it never starts, you get back">
                <Amount value={quote.deposit} token={token} /> by {formatTime(now + startWindow)}
              </Fact>
              <Fact label="If nothing is delivered after the start, you get back">
                <Amount value={quote.deposit + quote.credit} token={token} tone="in" />
              </Fact>
              <Fact label="of that, from the provider’s bond, up to">
                <Amount value={quote.credit} token={token} tone="in" />
              </Fact>
              <Fact label="The most you pay, if all of it is delivered">
                <Amount value={quote.total < quote.deposit ? quote.total : quote.deposit} token={token} tone="out" />
              </Fact>
            </Facts>
          </>
        ) : (
          <Callout tone="risk">{quote?.refusal ?? 'Enter how many GPUs for how long.'}</Callout>
        )}
        {token.rank === UNNAMED && <Callout tone="risk">This page does not know the currency <AddressText address={token.mint} />: anyone can make one. Rent in it only if you know what it is.</Callout>}
        {isPaused && <Callout tone="risk">New leases are paused until {formatTime(protocol.pausedUntil)}.</Callout>}
        {tooPoor && (
          <Callout tone="risk">
            This wallet has <Amount value={balance.data ?? 0n} token={token} />. Lower the deposit, or send {token.symbol} to it.
          </Callout>
        )}
        {payer && needed.isFailed && <Failed of={needed} what="what this needs: balance, rent and the renter’s fee account" />}
        {problem && <Callout tone="risk">{problem}</Callout>}
        <Actions>
          {renter ? (
            <Button type="submit" look="primary" disabled={!isReady}>
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
