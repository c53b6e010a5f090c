import { useState } from 'react';
import { now as chainNow, requireDomain, sha256 } from 'gpu-lease';
import { program, type Signature } from 'gpu-lease/rules';
import { useProtocol } from '../chain/accounts';
import { Actions, Fact, Facts, Callout } from '../ui/Blocks';
import { Button } from '../ui/Button';
import { Form } from '../ui/Form';
import { TextField } from '../ui/Field';
import { formatError } from '../onchain/formatError';
import { formatGpuHours, parseCount } from '../ui/format';
import { Time } from '../ui/Values';
import { useWallets } from '../wallet/Wallets';
import type { ProviderLeaseNow } from './leases';

/** Usage up to now, to be signed by the attestor, and by the verifier if this wallet holds its key too. */
export function SignReport({ item, onSigned }: { item: ProviderLeaseNow; onSigned: (text: string) => void }) {
  const { lease, provider, outlook } = item;
  const wallets = useWallets();
  const protocol = useProtocol();
  // Usage ends with the lease, however late it is reported.
  const [windowEnd] = useState(() => (chainNow() < lease.endsAt ? chainNow() : lease.endsAt));
  const capacity = program().capacityAt(lease.bytes, windowEnd);
  const [delivered, setDelivered] = useState(capacity.toString());
  const [energy, setEnergy] = useState(lease.meter.energyWh.toString());
  const [evidence, setEvidence] = useState<Uint8Array>();
  const [problem, setProblem] = useState<string>();

  const [gpuSeconds, energyWh] = [parseCount(delivered), parseCount(energy)];
  const errors = {
    delivered:
      typeof gpuSeconds === 'string'
        ? gpuSeconds
        : gpuSeconds > capacity
          ? `The GPUs can have delivered at most ${capacity} by then.`
          : gpuSeconds < outlook.usage.claimed
            ? `${outlook.usage.claimed} are already reported; this counts from the start.`
            : undefined,
    energy:
      typeof energyWh === 'string'
        ? energyWh
        : energyWh < lease.meter.energyWh
          ? `${lease.meter.energyWh} are already reported; this counts from the start.`
          : undefined,
  };
  const keys = [provider.attestor, lease.terms.verifier].filter((key) =>
    wallets.accounts.some(({ address }) => address === key),
  );
  const hasAttestor = keys.includes(provider.attestor);

  async function sign() {
    if (typeof gpuSeconds === 'string' || typeof energyWh === 'string') return;
    setProblem(undefined);
    try {
      requireDomain(lease, protocol);
      const message = program().attestationMessage({
        lease: lease.bytes,
        address: lease.address,
        windowEnd,
        gpuSeconds,
        energyWh,
        attestor: provider.attestor,
        signers: keys,
        now: chainNow(),
        ...(evidence ? { evidence } : {}),
      });
      const signatures: Signature[] = [];
      for (const publicKey of new Set(keys))
        signatures.push({ publicKey, signature: await wallets.signMessage(publicKey, message) });
      onSigned(program().signedAttestation(message, signatures));
    } catch (error) {
      setProblem(`It was not signed: ${formatError(error)}`);
    }
  }

  return (
    <Form onSubmit={() => void sign()}>
      <Facts>
        <Fact label="Until">
          <Time at={windowEnd} />
        </Fact>
      </Facts>
      <TextField
        label="Delivered since the start"
        unit="GPU-seconds"
        inputMode="numeric"
        value={delivered}
        onChange={(event) => setDelivered(event.target.value)}
        error={errors.delivered}
        hint={
          gpuSeconds === capacity
            ? `${formatGpuHours(capacity)} GPU-h: every GPU, every second. Enter less if some were down.`
            : typeof gpuSeconds === 'bigint' &&
              `${formatGpuHours(gpuSeconds)} of ${formatGpuHours(capacity)} GPU-h.`
        }
      />
      <TextField
        label="Energy since the start"
        unit="Wh"
        inputMode="numeric"
        value={energy}
        onChange={(event) => setEnergy(event.target.value)}
        error={errors.energy}
      />
      <TextField
        label="Metering record (optional)"
        type="file"
        onChange={async (event) => setEvidence(await digestOf(event.target.files?.[0]))}
        hint="Its fingerprint is signed with the figures and helps you in a dispute. The file stays with you."
      />
      {!hasAttestor && (
        <Callout tone="risk">
          This wallet does not hold the attestor’s key. Sign where that key is, and paste the text; or make
          this wallet the attestor.
        </Callout>
      )}
      {problem && <Callout tone="risk">{problem}</Callout>}
      <Actions>
        <Button type="submit" disabled={!hasAttestor || Object.values(errors).some(Boolean)}>
          Sign as the attestor
        </Button>
      </Actions>
    </Form>
  );
}

const digestOf = async (file: File | undefined) => file && sha256(new Uint8Array(await file.arrayBuffer()));
