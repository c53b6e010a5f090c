import { useState } from 'react';
import { PageTitle } from '../ui/Blocks';
import { MarketFigures } from './MarketFigures';
import { Models } from './Models';
import { Prices } from './Prices';

/** What GPUs cost and how many were free, and what the market did, over time. */
export function Figures() {
  const [model, choose] = useState<string>();
  return (
    <>
      <PageTitle title="Prices and figures">
        What GPUs cost and how many were free, and what happened on the market, by days of UTC.
      </PageTitle>
      <Models chosen={model} onChoose={choose} />
      {model !== undefined && <Prices key={model} model={model} />}
      <MarketFigures />
    </>
  );
}
