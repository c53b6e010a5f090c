import { useState } from 'react';
import { attest, requireDomain } from 'gpu-lease';
import { program, type UsageCheck } from 'gpu-lease/rules';
import { useProtocol } from '../../chain/accounts';
import { UsageReport } from '../../usage/UsageReport';
import { Actions, Callout } from '../../ui/Blocks';
import { Button } from '../../ui/Button';
import { TextArea } from '../../ui/Field';
import { CopyButton } from '../../ui/Values';
import { formatError } from '../../onchain/formatError';
import { useWallets } from '../../wallet/Wallets';
import { ActionDialog, type ActionProps } from './ActionDialog';
import { checkReport } from '../../usage/checkReport';

/** Accepts usage for good: the renter, or its session key, signs what the attestor has signed, and submits it. */
export function CoSign({ context, onClose }: ActionProps) {
  const { lease, token } = context;
  const wallets = useWallets();
  const protocol = useProtocol();
  const [text, setText] = useState('');
  const [problem, setProblem] = useState<string>();
  const checked =
    text.trim() === '' ? undefined : checkReport(context, text.trim(), wallets.account?.address);
  const usage = typeof checked === 'object' ? checked : undefined;

  async function sign(check: UsageCheck) {
    setProblem(undefined);
    try {
      requireDomain(lease, protocol);
      if (!wallets.account) return;
      const { message, signatures } = check.attestation;
      const { address: publicKey } = wallets.account;
      const signature = await wallets.signMessage(publicKey, message);
      setText(program().signedAttestation(message, [...signatures, { publicKey, signature }]));
    } catch (error) {
      setProblem(`It was not signed: ${formatError(error)}`);
    }
  }

  return (
    <ActionDialog
      context={context}
      onClose={onClose}
      title="Co-sign usage"
      isReady={usage?.isCoSigned === true}
      instructions={async () => (usage ? attest(context, usage.precompile) : [])}
    >
      <p>
        What you co-sign is accepted at once and for good. The provider sends you the text; read what it says
        first.
      </p>
      <TextArea
        label="Usage report of the provider"
        value={text}
        onChange={(event) => setText(event.target.value)}
        error={typeof checked === 'string' ? checked : undefined}
      />
      {usage && <UsageReport check={usage} token={token} />}
      {usage && !usage.isCoSigned && !usage.refusal && (
        <Actions>
          <Button onClick={() => void sign(usage)}>Sign it</Button>
        </Actions>
      )}
      {usage?.isCoSigned && (
        <Callout tone="in" action={<CopyButton text={text} what="co-signed usage report" />}>
          Signed by you. Submit it here, or send the text back to the provider.
        </Callout>
      )}
      {problem && <Callout tone="risk">{problem}</Callout>}
    </ActionDialog>
  );
}
