import { Link } from 'react-router';
import { useAccounts, useFeeParams } from '../chain/accounts';
import { Indexed } from '../indexer/Indexed';
import { part } from '../indexer/answer';
import { feeChange, type FeeChange } from '../indexer/shapes';
import { useIndexed } from '../indexer/useIndexed';
import { AddressText } from '../onchain/AddressText';
import { Callout } from '../ui/Blocks';
import { formatBps } from '../ui/format';
import { List } from '../ui/List';
import { Time } from '../ui/Values';

const readsChanges = part(feeChange);

const WITHOUT =
  'Which vote decided each fee is told by an indexer, and there is none here that can be asked; the chart shows what the node keeps.';

/** Every fee that there was, and what decided it. */
export function FeeChanges() {
  const told = useIndexed('fees', readsChanges);
  const { feeBps, changes } = useFeeParams();
  return (
    <Indexed of={told} what="the fees that there were" without={WITHOUT}>
      {({ items }) => {
        const inOrder = [...items].sort((a, b) => (a.landed.time < b.landed.time ? -1 : 1));
        return isRight(inOrder, feeBps, Number(changes)) ? (
          <List label="Every fee that there was" columns={['Fee', 'Since', 'Decided by', 'Transaction']}>
            {inOrder.reverse().map((change) => (
              <Row key={`${change.landed.signature} ${change.to_bps}`} change={change} />
            ))}
          </List>
        ) : (
          <Callout tone="risk">
            What the indexer says of the fees does not lead to the fee that is on chain, so it is not shown.
          </Callout>
        );
      }}
    </Indexed>
  );
}

/** Whether fees follow from each other and end with the one on chain, after as many changes. */
export function isRight(changes: readonly FeeChange[], feeBps: number, count: number): boolean {
  const follow = changes.every(({ from_bps }, i) => i === 0 || from_bps === changes[i - 1]!.to_bps);
  const [first, last] = [changes[0], changes.at(-1)];
  const votes = first?.from_bps === null ? changes.length - 1 : changes.length;
  return follow && last?.to_bps === feeBps && votes <= count;
}

function Row({ change: { landed, from_bps, to_bps, proposal } }: { change: FeeChange }) {
  const proposals = useAccounts('proposal');
  const known = proposals.data?.find(({ address }) => address === proposal);
  return (
    <tr>
      <th scope="row">{formatBps(to_bps)}</th>
      <td data-name="Since">
        <Time at={landed.time} />
      </td>
      <td data-name="Decided by">
        {known ? (
          <Link to={`/governance/${known.id}`}>proposal {known.id.toString()}</Link>
        ) : from_bps === null ? (
          'whoever set up the program'
        ) : (
          'a vote'
        )}
      </td>
      <td data-name="Transaction">
        <AddressText address={landed.signature} what="signature" />
      </td>
    </tr>
  );
}
