import { useState } from 'react';
import { Callout } from '../ui/Blocks';
import { Button } from '../ui/Button';
import { Dialog } from '../ui/Dialog';
import { formatError } from '../onchain/formatError';
import { shortAddress } from '../ui/format';
import { harmless } from '../ui/harmless';
import { Menu, MenuChoice, MenuHeading, MenuItem, MenuLine } from '../ui/Menu';
import { later } from '../ui/later';
import { useWallets } from '../wallet/Wallets';
import styles from './WalletMenu.module.css';

// A menu may have no child that says that it is loading.
const Balances = later('Balances', () => import('./Balances'), <div className={styles.balances} />);
const AccountMenu = later('AccountMenu', () => import('./AccountMenu'), null);

/** Connects a wallet, and says as which account the reader acts. */
export function WalletMenu() {
  const { connected, account, accounts, select, disconnect } = useWallets();
  if (!connected || !account) return <ConnectButton small />;
  return (
    <Menu
      label={`Account ${account.label}`}
      trigger={
        <Button small>
          {connected.icon && <img src={connected.icon} alt="" width="18" height="18" />}
          <span className={styles.label}>
            {account.label === harmless(connected.name) ? shortAddress(account.address) : account.label}
          </span>
        </Button>
      }
    >
      <MenuHeading>{account.label} has</MenuHeading>
      <Balances account={account.address} />
      <MenuLine />
      <MenuHeading>{harmless(connected.name)}, act as</MenuHeading>
      {accounts.map(({ address, label }) => (
        <MenuChoice key={address} checked={address === account.address} onSelect={() => select(address)}>
          {label} <code className={styles.address}>{shortAddress(address)}</code>
        </MenuChoice>
      ))}
      <AccountMenu account={account.address} />
      <MenuItem onSelect={() => void navigator.clipboard.writeText(account.address)}>
        Copy the address
      </MenuItem>
      <MenuItem onSelect={() => void disconnect()}>Disconnect</MenuItem>
    </Menu>
  );
}

/** Opens the choice of wallets. */
export function ConnectButton({ small = false }: { small?: boolean }) {
  const { available, connect } = useWallets();
  const [isOpen, setOpen] = useState(false);
  const [problem, setProblem] = useState<string>();
  return (
    <>
      <Button look="primary" small={small} aria-label="Connect a wallet" onClick={() => setOpen(true)}>
        {small ? 'Connect' : 'Connect a wallet'}
      </Button>
      {isOpen && (
        <Dialog title="Connect a wallet" onClose={() => setOpen(false)}>
          {available.length === 0 && (
            <p>
              This browser has no wallet for this cluster. Install one that supports Solana, for instance
              Phantom, Solflare or Backpack, and reload the page.
            </p>
          )}
          <ul className={styles.wallets}>
            {available.map((wallet) => (
              <li key={wallet.name}>
                <Button
                  className={styles.wallet ?? ''}
                  onClick={async () => {
                    try {
                      await connect(wallet);
                      setOpen(false);
                    } catch (error) {
                      setProblem(`${harmless(wallet.name)} did not connect: ${formatError(error)}`);
                    }
                  }}
                >
                  <img src={wallet.icon} alt="" width="28" height="28" />
                  {harmless(wallet.name)}
                </Button>
              </li>
            ))}
          </ul>
          {problem && <Callout tone="risk">{problem}</Callout>}
          <p className={styles.note}>
            The page sees addresses and asks for signatures. Keys stay in the wallet.
          </p>
        </Dialog>
      )}
    </>
  );
}
