import type { Explanation } from '../rules';

/** Why something was refused, what to do about it, and the logs for those who want them. */
export function ExplanationText({ explanation: { instruction, number, name, what, advice, logs } }: { explanation: Explanation }) {
  return (
    <>
      <p>
        {what}. {advice}
      </p>
      <details>
        <summary>
          {name}
          {number !== null && ` (${number})`}
          {instruction && ` in ${instruction}`}
        </summary>
        <pre>{logs.join('\n')}</pre>
      </details>
    </>
  );
}
