import { Callout } from '../ui/Blocks';
import { Button } from '../ui/Button';
import { keep, useKept } from '../ui/kept';

/** What somebody should know who is here for the first time; gone for good once it was read. */
export function Welcome() {
  if (useKept('welcomed') !== null) return null;
  return (
    <Callout
      tone="out"
      action={
        <Button small onClick={() => keep('welcomed', 'yes')}>
          Got it
        </Button>
      }
    >
      <strong>New here?</strong> A lease holds your deposit in escrow and pays the provider for what was
      delivered. Nothing here is audited: use no more money than you can afford to lose. The “?” above
      explains each page.
    </Callout>
  );
}
