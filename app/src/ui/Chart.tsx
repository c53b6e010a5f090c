import styles from './Chart.module.css';
import { Skeleton } from './Blocks';
import { formatTime } from './format';
import { later } from './later';
import type { ChartProps } from './Plot';

// The library is loaded when the first chart is shown.
const Plot = later('Plot', () => import('./Plot'), <Skeleton height="14rem" />);

/** A chart with its caption; the same numbers as a table for those who do not see it. */
export function Chart(props: ChartProps) {
  const { caption, x, series, format, formatX = (value) => formatTime(BigInt(Math.round(value))) } = props;
  return (
    <figure className={styles.chart}>
      <Plot {...props} />
      <figcaption>{caption}</figcaption>
      <details>
        <summary>As a table</summary>
        <div className={styles.table} role="region" aria-label="The chart's numbers" tabIndex={0}>
          <table>
            <thead>
              <tr>
                <th scope="col">{props.isTime === false ? 'At' : 'When'}</th>
                {series.map(({ label }) => (
                  <th key={label} scope="col">
                    {label}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {x.map((at, row) => (
                <tr key={row}>
                  <td>{formatX(at)}</td>
                  {series.map(({ label, values }) => {
                    const value = values[row];
                    return <td key={label}>{value === null || value === undefined ? '–' : format(value)}</td>;
                  })}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </figure>
  );
}
