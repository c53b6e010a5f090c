import { useEffect } from 'react';
import { useTokens } from '../chain/accounts';
import { part } from '../indexer/answer';
import { Indexed } from '../indexer/Indexed';
import { model as readsModel, type Model } from '../indexer/shapes';
import { useIndexed } from '../indexer/useIndexed';
import { Empty, Section } from '../ui/Blocks';
import { Button } from '../ui/Button';
import { formatNumber } from '../ui/format';
import { List } from '../ui/List';
import { Amount } from '../ui/Values';

const WITHOUT =
  'Models are counted by an indexer, and there is none here that can be asked; the market shows each offer with its price.';

const readsModels = part(readsModel);

/** Models that are shown; anybody may name more. */
const MOST = 50;

/** The models that are listed, those with the most GPUs first. */
export function Models({
  chosen,
  onChoose,
}: {
  chosen: string | undefined;
  onChoose: (model: string) => void;
}) {
  const told = useIndexed('models', readsModels);
  const models = [...(told.reading.data?.items ?? [])]
    .sort((a, b) => (a.gpus < b.gpus ? 1 : a.gpus > b.gpus ? -1 : a.gpu_model < b.gpu_model ? -1 : 1))
    .slice(0, MOST);
  const first = models[0]?.gpu_model;
  useEffect(() => {
    if (chosen === undefined && first !== undefined) onChoose(first);
  }, [chosen, first, onChoose]);
  return (
    <Section title="GPU models">
      <Indexed of={told} what="the models" without={WITHOUT}>
        {() =>
          models.length === 0 ? (
            <Empty title="No GPUs listed yet">Once somebody lists GPUs, their model is here.</Empty>
          ) : (
            <List
              label="GPU models"
              columns={['Model', 'Offers', 'Providers', 'Free GPUs', 'From, per GPU-hour', '']}
            >
              {models.map((model) => (
                <Row
                  key={model.gpu_model}
                  model={model}
                  isChosen={model.gpu_model === chosen}
                  onChoose={onChoose}
                />
              ))}
            </List>
          )
        }
      </Indexed>
    </Section>
  );
}

function Row({
  model: { gpu_model, offers, providers, gpus, gpus_free, from },
  isChosen,
  onChoose,
}: {
  model: Model;
  isChosen: boolean;
  onChoose: (model: string) => void;
}) {
  const tokens = useTokens();
  const prices = from.flatMap(({ mint, price }) => {
    const token = tokens.get(mint);
    return token ? [{ token, price }] : [];
  });
  return (
    <tr>
      <th scope="row">
        <bdi>{gpu_model.trim() || 'GPU'}</bdi>
      </th>
      <td data-name="Offers">{formatNumber(offers)}</td>
      <td data-name="Providers">{formatNumber(providers)}</td>
      <td data-name="Free GPUs">
        {formatNumber(gpus_free)} of {formatNumber(gpus)}
      </td>
      <td data-name="From, per GPU-hour">
        {prices.length === 0
          ? '–'
          : prices.map(({ token, price }) => (
              <div key={token.mint}>
                <Amount value={price} token={token} places={4} />
              </div>
            ))}
      </td>
      <td>
        <Button
          small
          look={isChosen ? 'primary' : 'secondary'}
          aria-pressed={isChosen}
          aria-label={`Prices of ${gpu_model}`}
          onClick={() => onChoose(gpu_model)}
        >
          Prices
        </Button>
      </td>
    </tr>
  );
}
