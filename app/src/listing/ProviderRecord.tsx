import type { Keyed, Kinds } from 'gpu-lease';
import { useProtocol, useToken } from '../chain/accounts';
import { Stat, Stats } from '../ui/Blocks';
import { formatShare } from '../ui/format';
import { Amount, GpuHours } from '../ui/Values';
import { reliability } from './reliability';

/** How a provider has kept its promises so far. */
export function ProviderRecord({ provider }: { provider: Keyed<Kinds['provider']> }) {
  const { record } = provider;
  const unit = useToken(useProtocol().unitMint);
  const { delivered, abandoned, lost, completed } = reliability(provider);
  return (
    <Stats>
      <Stat
        label="Delivered of what was promised"
        note={
          <>
            <GpuHours units={record.unitsDelivered} /> of <GpuHours units={record.unitsPromised} />
          </>
        }
      >
        {delivered === undefined ? 'new' : formatShare(delivered)}
      </Stat>
      <Stat label="Leases completed" note={`of ${record.leasesStarted} started`}>
        {completed}
      </Stat>
      <Stat label="Fees that this record cost" note="what faking such a record would cost">
        <Amount value={record.feesPaid} token={unit} />
      </Stat>
      <Stat label="Abandoned" {...(abandoned > 0 ? { tone: 'risk' as const } : {})}>
        {abandoned}
      </Stat>
      <Stat
        label="Disputes lost"
        note={`of ${record.leasesDisputed}`}
        {...(lost > 0 ? { tone: 'risk' as const } : {})}
      >
        {lost}
      </Stat>
    </Stats>
  );
}
