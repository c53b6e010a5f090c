// What the guardian does.

import type { Address } from '@solana/kit';
import { protocolAddress } from '../addresses';
import * as program from '../generated';
import { validUntil } from '../seen';
import { signer } from './common';

export const pause = async (guardian: Address, duration: number) =>
  program.getPauseInstruction({
    guardian: signer(guardian),
    protocol: await protocolAddress(),
    validUntil: validUntil(),
    duration,
  });

/** Ends the pause that was shown to last until then. */
export const unpause = async (guardian: Address, pausedUntil: bigint) =>
  program.getUnpauseInstruction({
    guardian: signer(guardian),
    protocol: await protocolAddress(),
    replaced: pausedUntil,
  });
