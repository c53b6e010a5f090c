import type { Address } from '@solana/kit';
import type { Keyed, Kinds } from 'gpu-lease';

type Provider = Keyed<Kinds['provider']>;

/** As whom the reader acts for a provider: by its wallet, or as its operator. */
export type Acting = { provider: Provider; key: Address; isOperator: boolean };

/** The providers that a key acts for: its own first, then those that have made it their operator, without being asked. */
export function actingFor(providers: readonly Provider[], key: Address): Acting[] {
  const as = (isOperator: boolean, found: Provider[]) =>
    found.map((provider) => ({ provider, key, isOperator }));
  const own = providers.filter(({ authority }) => authority === key);
  const operated = providers.filter(({ authority, operator }) => operator === key && authority !== key);
  return [...as(false, own), ...as(true, operated)];
}
