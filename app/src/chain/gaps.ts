import type { Gap } from 'gpu-lease';

const GAPS: Record<Gap, string> = {
  missing: 'that the node does not have',
  version: 'of a version that this page cannot read',
  wrong: 'for which the node answered something else',
  unanswered: 'for which the node did not answer',
};

/** What is left out, counted, in a sentence. */
export function gapWords(gaps: readonly Gap[]): string {
  const parts = (Object.keys(GAPS) as Gap[]).flatMap((gap) => {
    const count = gaps.filter((other) => other === gap).length;
    return count > 0 ? `${count} ${GAPS[gap]}` : [];
  });
  return `${gaps.length === 1 ? '1 transaction is' : `${gaps.length} transactions are`} not shown: ${parts.join(', ')}.`;
}
