import type { UsageCheck } from 'gpu-lease/rules';
import type { Token } from '../chain/accounts';
import { ROLE_WORDS } from '../outlook/roles';
import { Fact, Facts, Callout } from '../ui/Blocks';
import { formatEnergy, shortAddress } from '../ui/format';
import { Amount, GpuHours, Time } from '../ui/Values';

/** A signed usage report in words, units and money. */
export function UsageReport({ check, token }: { check: UsageCheck; token: Token }) {
  const { attestation, signers, capacity, worth, more, refusal } = check;
  return (
    <>
      <Facts>
        <Fact label="Until">
          <Time at={attestation.windowEnd} />
        </Fact>
        <Fact label="Delivered since the start">
          <GpuHours units={attestation.gpuSeconds} /> of <GpuHours units={capacity} />
        </Fact>
        <Fact label="Energy since the start">{formatEnergy(attestation.energyWh)}</Fact>
        <Fact label="Worth, including the fee">
          <Amount value={worth} token={token} />
        </Fact>
        <Fact label="More than what is accepted">
          <Amount value={more} token={token} tone="in" signed />
        </Fact>
        <Fact label="Signed by">
          {signers
            .map(({ address, role }) => `${role ? ROLE_WORDS[role] : 'stranger'} ${shortAddress(address)}`)
            .join(', ')}
        </Fact>
      </Facts>
      {refusal && <Callout tone="risk">{refusal}</Callout>}
    </>
  );
}
