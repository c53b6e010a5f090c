import type { Explanation } from 'gpu-lease/rules';
import { harmless } from '../ui/harmless';

/** Why something was refused, what to do about it, and the logs for those who want them. */
export function ExplanationText({
  explanation: { instruction, number, name, what, advice, logs },
}: {
  explanation: Explanation;
}) {
  return (
    <>
      <p>
        {harmless(what)}. {advice}
      </p>
      <details>
        <summary>
          {name}
          {number !== null && ` (${number})`}
          {instruction && ` in ${instruction}`}
        </summary>
        <pre>{logs.map((line) => harmless(line)).join('\n')}</pre>
      </details>
    </>
  );
}
