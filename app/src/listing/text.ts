// The texts of a listing, which providers write.

import { textOf } from 'gpu-lease';
import { harmless } from '../ui/harmless';

/** A text of fixed length, to be shown. */
export const readText = (bytes: Parameters<typeof textOf>[0]) => harmless(textOf(bytes));
