import { useState } from 'react';
import { Actions, Fields } from './Blocks';
import { Button } from './Button';
import styles from './CsvDownload.module.css';
import type { Decimals } from './csv';
import { download } from './download';
import { Select } from './Field';
import { keep, kept } from './kept';
import { ownZone, zones } from './zone';

export type CsvOptions = { zone: string; decimals: Decimals };

const ZONE = 'csv-zone';
const DECIMALS = 'csv-decimals';

const keptZone = () => {
  const zone = kept(ZONE);
  return zone !== null && zones().includes(zone) ? zone : ownZone();
};

/** A table to download, as the reader’s spreadsheet takes it; what was chosen is kept. */
export function CsvDownload({ name, make }: { name: string; make: (options: CsvOptions) => string }) {
  const [zone, setZone] = useState(keptZone);
  const [decimals, setDecimals] = useState<Decimals>(kept(DECIMALS) === 'comma' ? 'comma' : 'point');
  return (
    <details className={styles.csv}>
      <summary>Download as CSV</summary>
      <Fields>
        <Select
          label="Time zone"
          value={zone}
          onChange={({ target }) => (setZone(target.value), keep(ZONE, target.value))}
        >
          {zones().map((zone) => (
            <option key={zone}>{zone}</option>
          ))}
        </Select>
        <Select
          label="Decimals"
          value={decimals}
          onChange={({ target }) => {
            setDecimals(target.value as Decimals);
            keep(DECIMALS, target.value);
          }}
        >
          <option value="point">with a point: 12.50</option>
          <option value="comma">with a comma: 12,50</option>
        </Select>
      </Fields>
      <Actions>
        <Button small onClick={() => download(`${name}.csv`, make({ zone, decimals }), 'text/csv')}>
          Download
        </Button>
      </Actions>
    </details>
  );
}
