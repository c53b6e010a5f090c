// What a transaction says, in sentences that are read off its own instructions.

import type { Address, Instruction } from '@solana/kit';
import type { ReactNode } from 'react';
import { NOBODY } from '../chain/addresses';
import { useTokenOf } from '../chain/balances';
import { isCall, type Call } from '../chain/calls';
import {
  PUBLISH_ACCESS_DISCRIMINATOR,
  REGISTER_PROVIDER_DISCRIMINATOR,
  UPDATE_PROVIDER_DISCRIMINATOR,
  WITHDRAW_BOND_DISCRIMINATOR,
  parsePublishAccessInstruction,
  parseRegisterProviderInstruction,
  parseUpdateProviderInstruction,
  parseWithdrawBondInstruction,
  type HotKeys,
} from '../generated';
import { formatMoney } from '../ui/format';
import { AddressText } from '../ui/Values';

/** Those of a transaction's instructions whose change shows in no balance, or in more than it tells. */
export const Sentences = ({ instructions }: { instructions: readonly Instruction[] }) => instructions.map((call, i) => sentence(call, i));

function sentence(call: Instruction, key: number): ReactNode {
  if (isCall(call, PUBLISH_ACCESS_DISCRIMINATOR)) return <Access key={key} call={call} />;
  if (isCall(call, WITHDRAW_BOND_DISCRIMINATOR)) return <Withdrawal key={key} call={call} />;
  if (isCall(call, UPDATE_PROVIDER_DISCRIMINATOR)) {
    const { replaced, keys } = parseUpdateProviderInstruction(call).data;
    return <Keys key={key} keys={keys} replaced={replaced} />;
  }
  if (isCall(call, REGISTER_PROVIDER_DISCRIMINATOR)) return <Keys key={key} keys={parseRegisterProviderInstruction(call).data.keys} />;
  return null;
}

const Named = ({ address }: { address: Address }) => <AddressText address={address} copy={false} />;

function Access({ call }: { call: Call }) {
  const { lease, authority } = parsePublishAccessInstruction(call).accounts;
  return (
    <p>
      Puts others in the place of the credentials of lease <Named address={lease.address} /> that only its renter can read. The renter is shown
      that they were replaced, and that <Named address={authority.address} /> did it.
    </p>
  );
}

function Withdrawal({ call }: { call: Call }) {
  const { accounts, data } = parseWithdrawBondInstruction(call);
  const token = useTokenOf(accounts.provider.address, accounts.bondAccount.address);
  return (
    <p>
      Takes {token ? formatMoney(data.amount, token) : `${data.amount} base units`} out of the bond account, which the token account{' '}
      <Named address={accounts.destination.address} /> gets. Leases that run keep their bonds; new ones can start only with what is left.
    </p>
  );
}

function Keys({ keys, replaced }: { keys: HotKeys; replaced?: HotKeys }) {
  const becomes = (address: Address, before: Address | undefined, what: string) =>
    before !== undefined && before !== NOBODY ? (
      <>
        <Named address={address} /> replaces <Named address={before} /> as the {what}:
      </>
    ) : (
      <>
        <Named address={address} /> becomes the {what}:
      </>
    );
  return (
    <>
      {keys.attestor !== replaced?.attestor && (
        <p>
          {becomes(keys.attestor, replaced?.attestor, 'attestor')} it signs usage, of every lease.
        </p>
      )}
      {keys.operator !== (replaced?.operator ?? NOBODY) &&
        (keys.operator === NOBODY ? (
          <p>
            <Named address={replaced?.operator ?? NOBODY} /> is no longer the operator: it can start no lease, and nobody takes its place.
          </p>
        ) : (
          <p>
            {becomes(keys.operator, replaced?.operator, 'operator')} it starts leases with bonds out of the bond accounts, replaces credentials, agrees
            to grow, and leaves leases that nothing pays. It withdraws nothing and changes no offer; stolen, it can lose what the bond accounts hold.
          </p>
        ))}
    </>
  );
}
