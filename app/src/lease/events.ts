import type { HistoryEntry } from 'gpu-lease';
import type { Token } from '../chain/accounts';
import { formatCount, formatGpuHours, formatMoney } from '../ui/format';
import { reportsOf } from './reports';

/** Something that happened to a lease. */
export type LeaseEvent = {
  time: bigint;
  slot: bigint;
  signature: string;
  name: string;
  fields: Record<string, unknown>;
};

/** Everything that happened to a lease in its order: the program's events, and the usage reports, which emit none. */
export function leaseEvents(history: readonly HistoryEntry[], lease: string): LeaseEvent[] {
  return history.flatMap((entry) => {
    const { time, slot, signature, events } = entry;
    const reports = reportsOf([entry], lease).map(({ windowEnd, gpuSeconds, energyWh, signers, counts }) => ({
      name: 'UsageReported',
      fields: { windowEnd, gpuSeconds, energyWh, signers: signers.join(' '), counts },
    }));
    // Of a batch, the lease's own row is there already.
    const own = events
      .filter((event) => ('lease' in event ? event.lease === lease : event.event !== 'BatchAttested'))
      .map(({ event, ...fields }) => ({ name: event, fields }));
    return [...reports, ...own].map((event) => ({ time, slot, signature, ...event }));
  });
}

type Money = Pick<Token, 'decimals' | 'symbol'>;

/** Figures of an event that people look for. `token` is the lease's; none where the node forgot its opening. */
export function eventFigures(
  { name, fields }: Pick<LeaseEvent, 'name' | 'fields'>,
  token: Money | undefined,
): string {
  const money = (value: unknown) => (token ? formatMoney(value as bigint, token) : `${value} base units`);
  const hours = (value: unknown) => `${formatGpuHours(value as bigint)} GPU-h`;
  switch (name) {
    case 'UsageReported':
      return `${hours(fields.gpuSeconds)} since the start${fields.counts === true ? '' : fields.counts === false ? ', refused' : ', perhaps refused: the log is cut off'}`;
    case 'LeaseOpened':
      return `${money(fields.deposit)} deposited`;
    case 'LeaseStarted':
      return `a bond of ${money(fields.bond)}`;
    case 'LeaseToppedUp':
      return `${money(fields.amount)} added`;
    case 'LeaseResized':
      return formatCount(fields.gpus as bigint, 'GPU');
    case 'LeaseSettled':
      return `${money(fields.payout)} to the provider, a fee of ${money(fields.fee)}`;
    case 'BondWithdrawn':
      return `${money(fields.amount)} from the bond account`;
    case 'LeaseTerminated':
    case 'LeaseExpired':
      return String(fields.reason).replaceAll('_', ' ');
    case 'LeaseDisputed':
      return `${hours(fields.renterUnits)} of ${hours(fields.providerUnits)} admitted`;
    case 'DisputeResolved':
      return `${hours(fields.units)} count`;
    case 'LeaseCancelled':
      return `${money(fields.refund)} back`;
    case 'LeaseClosed':
      return `${money((fields.refund as bigint) + (fields.credit as bigint))} back, ${money(fields.payout)} to the provider, fees of ${money(fields.fees)}`;
    default:
      return '';
  }
}
