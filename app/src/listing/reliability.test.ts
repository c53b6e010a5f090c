import { describe, expect, it } from 'vitest';
import { reliability } from './reliability';

describe('reliability', () => {
  const record = (unitsDelivered: bigint, unitsPromised: bigint) =>
    reliability({
      record: { unitsDelivered, unitsPromised, leasesAbandoned: 1n, disputesLost: 2n, leasesCompleted: 3n },
    } as never);
  it('is what was delivered of what was promised, at most all of it', () => {
    expect(record(999n, 1_000n).delivered).toBe(0.999);
    expect(record(1_001n, 1_000n).delivered).toBe(1);
    expect(record(0n, 0n).delivered).toBeUndefined();
  });
});
