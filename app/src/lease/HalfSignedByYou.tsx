import type { Address } from '@solana/kit';
import { useQuery } from '@tanstack/react-query';
import { closeNonce, noncesOf, type Nonce } from 'gpu-lease';
import { useChain } from '../chain/Chain';
import { keys } from '../chain/keys';
import { useReview } from '../shell/useReview';
import { Actions, Callout, Section } from '../ui/Blocks';
import { Button } from '../ui/Button';
import { formatError } from '../onchain/formatError';
import { List } from '../ui/List';
import { AddressText } from '../onchain/AddressText';
import { CopyButton, Sol } from '../ui/Values';
import { forgetHalfSigned, halfSigned } from '../shell/halfSigned';

/** The half-signed transactions of a wallet that are good for longer than a minute, each with the nonce that it rests on. */
export function HalfSignedByYou({ account }: { account: Address }) {
  const chain = useChain();
  const review = useReview();
  const nonces = useQuery({
    queryKey: keys.noncesOf(account),
    queryFn: () => noncesOf(chain, account),
    staleTime: 0,
    refetchInterval: 5_000,
  });
  if (nonces.isError)
    return (
      <Callout tone="risk">What you have half-signed could not be read: {formatError(nonces.error)}</Callout>
    );
  if (!nonces.data?.length) return null;
  const kept = halfSigned();

  async function close(nonce: Nonce & { lamports: bigint }, isOpen: boolean) {
    const title = isOpen ? 'Withdraw what you signed' : 'Reclaim the rent';
    if (!(await review({ title, payer: account, instructions: [closeNonce(nonce)] }))) return;
    forgetHalfSigned(nonce);
    void nonces.refetch();
  }

  return (
    <Section title="Half-signed by you">
      <p>
        Each of these uses a durable nonce: the other party can sign it until it is used or you withdraw it.
        Withdrawing gives you the rent back.
      </p>
      <List label="Half-signed by you" columns={['Durable nonce', 'State', 'Rent', '']}>
        {nonces.data.map((nonce) => {
          const mine = kept.find((each) => each.nonce.account === nonce.account);
          const isOpen = mine === undefined || mine.nonce.value === nonce.value;
          return (
            <tr key={nonce.account}>
              <th scope="row">
                <AddressText address={nonce.account} />
              </th>
              <td data-name="State">
                {mine === undefined
                  ? 'signed in another browser, or unused'
                  : isOpen
                    ? 'waiting for the other party'
                    : 'used'}
              </td>
              <td data-name="Rent">
                <Sol value={nonce.lamports} />
              </td>
              <td>
                <Actions>
                  {mine && isOpen && (
                    <CopyButton text={mine.text} what="half-signed transaction" label="Copy" />
                  )}
                  <Button small onClick={() => void close(nonce, isOpen)}>
                    {isOpen ? 'Withdraw' : 'Reclaim the rent'}
                  </Button>
                </Actions>
              </td>
            </tr>
          );
        })}
      </List>
    </Section>
  );
}
