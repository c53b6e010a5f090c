import { GPU_LEASE_PROGRAM_ADDRESS } from 'gpu-lease';
import { useChain } from '../chain/Chain';
import { isLocal } from '../chain/cluster';
import { useNow } from '../chain/clock';
import { Button } from '../ui/Button';
import { formatTime } from '../ui/format';
import { later } from '../ui/later';
import { Menu, MenuHeading, MenuItem } from '../ui/Menu';
import { useToasts } from '../ui/Toasts';
import styles from './ClusterMenu.module.css';

const LocalClock = later('LocalClock', () => import('./LocalClock'), null);

/** Which cluster and program this is; on a local validator, its clock to move. */
export function ClusterMenu({ isDown }: { isDown: boolean }) {
  const { cluster } = useChain();
  const time = useNow();
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
      {isLocal(cluster) && <LocalClock />}
    </Menu>
  );
}
