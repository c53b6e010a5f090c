import { getBase64Decoder } from '@solana/kit';
import { isCall, names } from '../chain/calls';
import type { HistoryEntry } from '../chain/history';
import { ATTEST_DISCRIMINATOR } from '../generated';
import { rules, type Usage } from '../rules';

/** The signed statements about a lease, in their order: each stands in the instruction before `attest`. */
export function attestations(history: readonly HistoryEntry[], lease: string): (Usage & { time: bigint })[] {
  return history.flatMap(({ instructions, time }) =>
    instructions.flatMap((instruction, i) => {
      const precompile = instructions[i - 1]?.data;
      if (!precompile || !isCall(instruction, ATTEST_DISCRIMINATOR) || !names(instruction, lease)) return [];
      return [{ ...rules().readUsage(getBase64Decoder().decode(precompile)), time }];
    }),
  );
}

export type Window = {
  /** End of the window, unix seconds. */
  end: bigint;
  /** GPU-seconds delivered in it. */
  delivered: bigint;
  /** GPU-seconds that it could hold. */
  capacity: bigint;
  /** Watt-hours used in it. */
  energyWh: bigint;
};

/** What was delivered from one statement to the next, against what the GPUs could have. */
export function windows(stated: readonly Pick<Usage, 'windowEnd' | 'gpuSeconds' | 'energyWh'>[], startedAt: bigint, capacityAt: (time: bigint) => bigint): Window[] {
  let before = { windowEnd: startedAt, gpuSeconds: 0n, energyWh: 0n };
  return stated.flatMap((usage) => {
    const { windowEnd, gpuSeconds, energyWh } = before;
    before = usage;
    // A statement that was co-signed later states the same again.
    if (usage.windowEnd === windowEnd && usage.gpuSeconds === gpuSeconds) return [];
    return [
      {
        end: usage.windowEnd,
        delivered: usage.gpuSeconds - gpuSeconds,
        capacity: capacityAt(usage.windowEnd) - capacityAt(windowEnd),
        energyWh: usage.energyWh - energyWh,
      },
    ];
  });
}
