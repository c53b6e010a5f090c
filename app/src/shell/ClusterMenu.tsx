import { useQueryClient } from '@tanstack/react-query';
import { GPU_LEASE_PROGRAM_ADDRESS, now } from 'gpu-lease';
import { useChain } from '../chain/Chain';
import { isLocal } from '../chain/cluster';
import { useNow } from '../chain/clock';
import { travelTo } from '../chain/local';
import { Button } from '../ui/Button';
import { formatTime } from '../ui/format';
import { Menu, MenuHeading, MenuItem, MenuLine } from '../ui/Menu';
import { useToasts } from '../ui/Toasts';
import styles from './ClusterMenu.module.css';

const JUMPS: [bigint, string][] = [
  [600n, 'Ten minutes on'],
  [3_600n, 'An hour on'],
  [86_400n, 'A day on'],
  [432_000n, 'Five days on'],
];

/** Which cluster and program this is; on a local validator, its clock to move. */
export function ClusterMenu({ isDown }: { isDown: boolean }) {
  const { cluster } = useChain();
  const chain = useChain();
  const time = useNow();
  const queries = useQueryClient();
  const toasts = useToasts();
  const copy = async (text: string, what: string) => {
    await navigator.clipboard.writeText(text);
    toasts.show({ title: `${what} copied`, tone: 'in' });
  };
  return (
    <Menu
      label={`Cluster ${cluster.name}`}
      trigger={
        <Button look="plain" small>
          <span className={`${styles.dot} ${isDown ? styles.down : ''}`} aria-hidden="true" />
          {cluster.name}
        </Button>
      }
    >
      <MenuHeading>
        {isDown ? 'Does not answer' : 'Cluster time'} · {formatTime(time)}
      </MenuHeading>
      <MenuItem onSelect={() => void copy(GPU_LEASE_PROGRAM_ADDRESS, 'Program id')}>
        <span className={styles.entry}>
          Copy the program id
          <code>{GPU_LEASE_PROGRAM_ADDRESS}</code>
        </span>
      </MenuItem>
      <MenuItem onSelect={() => void copy(cluster.rpcUrl, 'Address of the node')}>
        <span className={styles.entry}>
          Copy the node’s address
          <code>{cluster.rpcUrl}</code>
        </span>
      </MenuItem>
      {isLocal(cluster) && (
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
      )}
    </Menu>
  );
}
