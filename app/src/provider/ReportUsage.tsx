import { useState } from 'react';
import { attest } from 'gpu-lease';
import { checkReport } from '../usage/checkReport';
import { useReview } from '../shell/useReview';
import { Actions, Callout } from '../ui/Blocks';
import { Button } from '../ui/Button';
import { Dialog } from '../ui/Dialog';
import { TextArea } from '../ui/Field';
import { CopyButton } from '../ui/Values';
import styles from './Provider.module.css';
import { UsageReport } from '../usage/UsageReport';
import { SignReport } from './SignReport';
import type { ProviderLeaseNow } from './leases';
import type { Acting } from '../wallet/acting';

/** Reports what a lease delivered: signed here by the attestor, or somewhere else and pasted. */
export function ReportUsage({
  item,
  acting,
  onClose,
}: {
  item: ProviderLeaseNow;
  acting: Acting;
  onClose: () => void;
}) {
  const { lease } = item;
  const review = useReview();
  const [text, setText] = useState('');
  const [isPasting, setPasting] = useState(false);
  const checked = text.trim() === '' ? undefined : checkReport(item, text.trim());

  async function submit(precompile: Uint8Array) {
    const signature = await review({
      title: 'Report usage',
      payer: acting.key,
      instructions: attest(item, precompile),
    });
    if (signature) onClose();
  }

  const usage = typeof checked === 'object' ? checked : undefined;
  return (
    <Dialog
      title="Report what was delivered"
      onClose={onClose}
      actions={
        <>
          {!usage && <small>{isPasting ? 'Paste a signed text first.' : 'Sign it first.'}</small>}
          <Button onClick={onClose}>Cancel</Button>
          <Button
            look="primary"
            disabled={!usage || usage.refusal !== null}
            onClick={() => usage && void submit(usage.precompile)}
          >
            Review and submit
          </Button>
        </>
      }
    >
      <div className={styles.choice} role="group" aria-label="Where it is signed">
        {[false, true].map((pasting) => (
          <Button
            key={String(pasting)}
            small
            aria-pressed={isPasting === pasting}
            onClick={() => {
              setPasting(pasting);
              setText('');
            }}
          >
            {pasting ? 'Paste what the meter signed' : 'Sign it here'}
          </Button>
        ))}
      </div>
      {isPasting ? (
        <TextArea
          label="Usage report"
          value={text}
          onChange={(event) => setText(event.target.value)}
          error={typeof checked === 'string' ? checked : undefined}
          hint={
            <>
              One line of text, from your meter or from <code>gpu-lease attest sign {lease.address}</code>.
            </>
          }
        />
      ) : (
        !usage && <SignReport item={item} onSigned={setText} />
      )}
      {usage && (
        <>
          <UsageReport check={usage} token={item.token} />
          {!isPasting && (
            <Actions>
              <Button small onClick={() => setText('')}>
                Change the figures
              </Button>
            </Actions>
          )}
          {!usage.isCoSigned && !usage.refusal && (
            <Callout action={<CopyButton text={text.trim()} what="usage report" />}>
              The renter can co-sign this; then it is final at once, without a challenge window. Copy the text
              and send it to the renter.
            </Callout>
          )}
        </>
      )}
    </Dialog>
  );
}
