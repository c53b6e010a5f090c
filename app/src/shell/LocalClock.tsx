import { useQueryClient } from '@tanstack/react-query';
import { now } from 'gpu-lease';
import { useChain } from '../chain/Chain';
import { travelTo } from '../chain/local';
import { MenuHeading, MenuItem, MenuLine } from '../ui/Menu';

const JUMPS: [bigint, string][] = [
  [600n, 'Ten minutes on'],
  [3_600n, 'An hour on'],
  [86_400n, 'A day on'],
  [432_000n, 'Five days on'],
];

/** Entries of the cluster's menu that move a local validator's clock. */
export function LocalClock() {
  const chain = useChain();
  const queries = useQueryClient();
  return (
    <>
      <MenuLine />
      <MenuHeading>Move the local clock</MenuHeading>
      {JUMPS.map(([seconds, name]) => (
        <MenuItem
          key={name}
          onSelect={async () => {
            await travelTo(chain, now() + seconds);
            await queries.invalidateQueries();
          }}
        >
          {name}
        </MenuItem>
      ))}
    </>
  );
}
