import { getTokenSize } from '@solana-program/token';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useNavigate, useSearchParams } from 'react-router';
import { now as chainNow, openLease, participantAddress } from 'gpu-lease';
import { program } from 'gpu-lease/rules';
import { useAccount, useFeeParams, useProtocol } from '../chain/accounts';
import { useTokenBalance } from '../chain/balances';
import { useChain } from '../chain/Chain';
import { useNow } from '../chain/clock';
import { keys } from '../chain/keys';
import type { Row } from '../listing/row';
import { formatError } from '../onchain/formatError';
import { useGoodFor } from '../shell/useGoodFor';
import { useReview } from '../shell/useReview';
import { together } from '../ui/reading';
import { useWallets } from '../wallet/Wallets';
import { draftOf, readDraft, startWindow, type Draft } from './rentDraft';
import { useAccessKey } from './useAccessKey';

/** Bytes of a token account, as a lease's vault is one. */
const VAULT_SIZE = BigInt(getTokenSize());

/** What the accounts of a lease keep as rent until it is closed, lamports. */
function useRent() {
  const { rpc } = useChain();
  return useQuery({
    queryKey: keys.rent,
    queryFn: async () => {
      const parts = await Promise.all(
        [BigInt(program().accountSizes().lease), VAULT_SIZE].map((size) =>
          rpc.getMinimumBalanceForRentExemption(size).send(),
        ),
      );
      return parts.reduce<bigint>((sum, part) => sum + part, 0n);
    },
    staleTime: Infinity,
  });
}

/** A lease on an offer as it is typed, its cost, whether it can be opened now, and how. */
export function useRentDraft({ offer, token }: Row) {
  const [asked] = useSearchParams();
  const { feeBps } = useFeeParams();
  const protocol = useProtocol();
  const now = useNow();
  const renter = useWallets().account?.address;
  const review = useReview();
  const navigate = useNavigate();
  const [draft, setDraft] = useState<Draft>(() => draftOf(asked, offer.terms));
  const [problem, setProblem] = useState<string>();

  const { gpus, duration, payer, quote, errors } = readDraft(draft, { offer, token, feeBps, renter });
  const hasSponsor = payer !== renter;
  const accessKey = useAccessKey(renter);
  const goodFor = useGoodFor();
  const window = startWindow(draft, hasSponsor && goodFor.lasts ? goodFor.validFor : 0n);

  const balance = useTokenBalance(payer, token);
  const address = useQuery({
    queryKey: keys.participantOf(renter),
    queryFn: () => participantAddress(renter!),
    enabled: renter !== undefined,
  });
  const participant = useAccount('participant', address.data);
  const rent = useRent();

  const isPaused = protocol.pausedUntil > now;
  const tooPoor = quote !== undefined && balance.data !== undefined && balance.data < quote.deposit;
  const isReady =
    quote !== undefined &&
    !quote.refusal &&
    !errors.deposit &&
    payer !== undefined &&
    renter !== undefined &&
    participant.data !== undefined &&
    accessKey.isReady &&
    !isPaused &&
    !tooPoor;

  async function submit() {
    if (!renter || !payer || !quote) return;
    setProblem(undefined);
    const nonce = BigInt(Date.now());
    try {
      const secret = await accessKey.secretFor(nonce);
      const { lease, instructions } = await openLease({
        renter,
        payer,
        offer,
        token,
        hasParticipant: participant.data !== null,
        nonce,
        gpus,
        duration,
        deposit: quote.deposit,
        startDeadline: chainNow() + window,
        maxFeeBps: feeBps,
        arbiter: protocol.arbiter,
        accessKey: program().accessPublicKey(secret),
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

  return {
    draft,
    change: (changes: Partial<Draft>) => setDraft({ ...draft, ...changes }),
    duration,
    quote,
    errors,
    renter,
    feeBps,
    rent: rent.data,
    balance: balance.data,
    /** What is still to be read before it can be opened. */
    needed: together({ balance, participant, rent }),
    /** When the deposit comes back if it does not start. */
    startsBy: now + window,
    pausedUntil: isPaused ? protocol.pausedUntil : undefined,
    tooPoor,
    problem,
    isReady,
    accessKeyFields: accessKey.fields,
    /** How long a sponsor has to sign, if there is one. */
    goodForField: renter !== undefined && hasSponsor ? goodFor.field : undefined,
    /** Who has to pay is known, so that what that one has can be read. */
    hasPayer: payer !== undefined,
    submit,
  };
}
