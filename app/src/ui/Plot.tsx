import { useEffect, useRef, type ReactNode } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { formatDay, formatHour, formatTime } from './format';
import { useTheme } from './theme';
import type { Tone } from './Values';

export type Series = {
  label: string;
  tone: Tone | 'ink';
  values: (number | null)[];
  kind?: 'line' | 'bars' | 'steps';
  dashed?: boolean;
};

export type ChartProps = {
  /** What it shows, in a sentence. */
  caption: ReactNode;
  /** Values of the horizontal axis: unix seconds unless `isTime` is false. */
  x: number[];
  isTime?: boolean;
  series: Series[];
  /** Whether it counts: between whole numbers is nothing to mark. */
  isCount?: boolean;
  /** How a value is written. */
  format: (value: number) => string;
  formatX?: (value: number) => string;
};

const DAY = 86_400;

/** Whole numbers that marks can be apart. */
const WHOLE = Array.from({ length: 16 }, (_, digits) =>
  [1, 2, 5].map((digit) => digit * 10 ** digits),
).flat();

/** Of a short time the marks are between whole seconds. */
const second = (at: number) => BigInt(Math.round(at));

/** The times under a chart as the page writes them: days where the marks are days apart, else hours with the day where it begins. */
const times: uPlot.Axis.DynamicValues = (_, marks, __, ___, step) =>
  marks.map((at, i) => {
    const [day, hour] = [formatDay(second(at)), formatHour(second(at))];
    return step >= DAY ? day : i === 0 || formatDay(second(marks[i - 1]!)) !== day ? `${hour}\n${day}` : hour;
  });

/** The drawing of a chart. It is drawn again when the theme changes, since a canvas does not know of styles. */
export function Plot({ x, isTime = true, series, isCount = false, format, formatX }: ChartProps) {
  const frame = useRef<HTMLDivElement>(null);
  const theme = useTheme();
  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    const probe = (name: string) => {
      element.style.color = `var(--${name})`;
      const { color } = getComputedStyle(element);
      element.style.color = '';
      return color;
    };
    const axis = {
      stroke: probe('ink-2'),
      grid: { stroke: probe('line'), width: 1 },
      ticks: { show: false },
      font: '12px "IBM Plex Sans Variable"',
    };
    const width = () => Math.max(200, element.clientWidth);
    const plot = new uPlot(
      {
        width: width(),
        height: 224,
        padding: [12, 12, 0, 0],
        legend: { live: true },
        // Bars are compared by their length, so they begin at zero.
        scales: {
          x: { time: isTime },
          ...(series.some(({ kind }) => kind === 'bars')
            ? { y: { range: { min: { hard: 0, soft: 0, mode: 1 }, max: { pad: 0.1, mode: 0 } } } }
            : {}),
        },
        axes: [
          { ...axis, values: isTime ? times : (_, values) => values.map(formatX ?? format) },
          {
            ...axis,
            size: 92,
            values: (_, values) => values.map(format),
            ...(isCount ? { incrs: WHOLE } : {}),
          },
        ],
        series: [
          {
            value: (_: uPlot, value: number | null) =>
              value === null
                ? '–'
                : formatX
                  ? formatX(value)
                  : isTime
                    ? formatTime(second(value))
                    : format(value),
          },
          ...series.map(({ label, tone, kind = 'line', dashed }) => ({
            label,
            stroke: probe(tone),
            width: 2,
            ...(dashed ? { dash: [5, 4] } : {}),
            ...(kind === 'bars' ? { fill: probe(tone), paths: uPlot.paths.bars?.({ size: [0.7, 40] }) } : {}),
            ...(kind === 'steps' ? { paths: uPlot.paths.stepped?.({ align: 1 }) } : {}),
            points: { show: kind === 'line' && x.length < 40 },
            value: (_: uPlot, value: number | null) => (value === null ? '–' : format(value)),
          })),
        ] as uPlot.Series[],
      },
      [x, ...series.map(({ values }) => values)] as uPlot.AlignedData,
      element,
    );
    const resize = new ResizeObserver(() => plot.setSize({ width: width(), height: 224 }));
    resize.observe(element);
    return () => {
      resize.disconnect();
      plot.destroy();
    };
  }, [x, isTime, series, isCount, format, formatX, theme]);
  return <div ref={frame} aria-hidden="true" />;
}
