// Where this browser's reader took a bond from last.

import { keep, kept } from '../ui/kept';

export type BondSource = 'wallet' | 'bond account';

export const keptBondSource = (): BondSource => (kept('bond') === 'bond account' ? 'bond account' : 'wallet');

export const keepBondSource = (source: BondSource) => keep('bond', source);
