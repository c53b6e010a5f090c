import type { Address } from '@solana/kit';
import { Link } from 'react-router';
import { Indexed } from '../../indexer/Indexed';
import { part } from '../../indexer/answer';
import { lease as readsLease } from '../../indexer/shapes';
import { useIndexed } from '../../indexer/useIndexed';
import { Section } from '../../ui/Blocks';
import { Time } from '../../ui/Values';
import { receiptLink } from './PastLeases';

const readsLives = part(readsLease);

/** The leases that had an address, each with its receipt. */
export function Lives({ address }: { address: Address }) {
  const told = useIndexed(`leases/${address}`, readsLives);
  return (
    <Section title="Receipts">
      <Indexed
        of={told}
        what="the leases that were here"
        without="Receipts are made from what an indexer remembers, and there is none here that can be asked."
      >
        {({ items }) => (
          <ul>
            {items
              .filter((lease) => lease.address === address)
              .map((lease) => (
                <li key={lease.opened_slot.toString()}>
                  <Link to={receiptLink(lease)}>
                    {lease.gpus} × <bdi>{lease.gpu_model.trim() || 'GPU'}</bdi>
                  </Link>
                  , opened <Time at={lease.opened_at} />
                </li>
              ))}
          </ul>
        )}
      </Indexed>
    </Section>
  );
}
