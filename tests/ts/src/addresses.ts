/** The program's addresses, derived with `@solana/kit`. */

import { getProgramDerivedAddress, type Address, type ProgramDerivedAddress } from "@solana/kit";
import { addressBytes, littleEndian, sha256 } from "./bytes.js";

/** The address whose seeds are a name, addresses and a number, as far as there are any. */
export function derive(
  program: Address,
  name: string,
  of: readonly Address[] = [],
  number?: bigint,
): Promise<ProgramDerivedAddress> {
  const seeds = [name, ...of.map(addressBytes), ...(number === undefined ? [] : [littleEndian(number, 8)])];
  return getProgramDerivedAddress({ programAddress: program, seeds });
}

/** What attestations on a cluster are bound to. The genesis hash is base58, as the cluster names it. */
export function domain(program: Address, genesisHash: Address): Promise<Uint8Array> {
  return sha256(addressBytes(program), addressBytes(genesisHash));
}

/** The account in which the upgradeable loader keeps a program. */
export function programData(program: Address): Promise<ProgramDerivedAddress> {
  const loader = "BPFLoaderUpgradeab1e11111111111111111111111" as Address;
  return getProgramDerivedAddress({ programAddress: loader, seeds: [addressBytes(program)] });
}
