import type { Address } from '@solana/kit';
import type { ReactNode } from 'react';
import { useBalances, useSolBalance } from '../chain/balances';
import { Amount, Sol } from '../ui/Values';
import styles from './WalletMenu.module.css';

/** What an account has: SOL, and tokens that leases can be paid in. */
export function Balances({ account }: { account: Address }) {
  const sol = useSolBalance(account);
  const tokens = useBalances(account);
  return (
    <div className={styles.balances}>
      {sol.data !== undefined && (
        <Balance name="SOL">
          <Sol value={sol.data} />
        </Balance>
      )}
      {tokens.data?.map(({ token, amount }) => (
        <Balance key={token.mint} name={token.symbol}>
          <Amount value={amount} token={token} />
        </Balance>
      ))}
      {(sol.isError || tokens.isError) && <Balance name="The cluster did not answer.">–</Balance>}
    </div>
  );
}

const Balance = ({ name, children }: { name: string; children: ReactNode }) => (
  <div>
    <span>{name}</span>
    {children}
  </div>
);
