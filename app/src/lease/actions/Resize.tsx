import { useState } from 'react';
import { resizeLease } from 'gpu-lease';
import { program } from 'gpu-lease/rules';
import { Fact, Facts } from '../../ui/Blocks';
import { Select, TextField } from '../../ui/Field';
import { parseNumber } from '../../ui/number';
import { Amount, Time } from '../../ui/Values';
import { forProvider } from '../forProvider';
import { useGoodFor } from '../../shell/useGoodFor';
import { ActionDialog, type ActionProps } from './ActionDialog';

/** More GPUs at once, with the provider's signature; fewer when the notice is over. */
export function Resize({ context, onClose }: ActionProps) {
  const { lease, token, now } = context;
  const [text, setText] = useState(String(lease.meter.gpus));
  const [chosen, setChosen] = useState(0);
  const choices = forProvider(context);
  const read = parseNumber(text, { isWhole: true, least: 1, most: 2 ** 32 - 1 });
  const gpus = typeof read === 'number' ? read : 0;
  const isChange = gpus > 0 && gpus !== lease.meter.gpus;
  const effect = isChange ? program().resizeEffect(lease.bytes, gpus, now) : undefined;
  const after = effect?.after;
  const grows = gpus > lease.meter.gpus;
  const { field, lasts, validFor } = useGoodFor();
  return (
    <ActionDialog
      context={context}
      onClose={onClose}
      title="Change the number of GPUs"
      isReady={effect !== undefined}
      refusal={effect?.refusal}
      lasts={grows && lasts}
      instructions={async () => [await resizeLease(context, choices[chosen]!, gpus, validFor)]}
    >
      <TextField
        label="GPUs"
        inputMode="numeric"
        value={text}
        onChange={(event) => setText(event.target.value)}
        error={typeof read === 'string' ? read : undefined}
        hint={`Now ${lease.meter.gpus}.`}
      />
      {grows && (
        <Select
          label="Signed for the provider by"
          value={chosen}
          onChange={(event) => setChosen(Number(event.target.value))}
        >
          {choices.map(({ name }, index) => (
            <option key={name} value={index}>
              {name}
            </option>
          ))}
        </Select>
      )}
      {grows && field}
      {after && (
        <Facts>
          <Fact label="Takes effect">{grows ? 'at once' : <Time at={after.resize?.from ?? now} />}</Fact>
          <Fact label="Funded until">
            {after.fundedUntil >= after.endsAt ? 'the end' : <Time at={after.fundedUntil} />}
          </Fact>
          {grows && effect && (
            <Fact label="Bond that the provider adds">
              <Amount value={effect.bond} token={token} />
            </Fact>
          )}
        </Facts>
      )}
      {effect && !effect.refusal && (
        <p>
          {grows
            ? 'The provider signs too: it gives the GPUs and adds to its bond.'
            : 'You pay for the GPUs until the notice is over.'}{' '}
          When it takes effect, the container is made again: what runs in it ends, and /workspace stays.
        </p>
      )}
    </ActionDialog>
  );
}
