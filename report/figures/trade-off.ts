import * as Plot from '@observablehq/plot';
import type { Html } from '../html.js';
import { flops, klNats, points as pointsFormat, withoutTrailingZeros } from '../number-format.js';
import type { StageStyle } from '../palette.js';
import type { TreatmentRow } from '../treatments.js';
import { chart, HALO, logAxis, logTicks } from './chart.js';

export type TradeOff = { task: string; rows: readonly TreatmentRow[]; styles: readonly StageStyle[] };

/** Gain against off-target KL: at the same height, the method further left changed less of what it should leave alone. */
export function selectivityChart(options: TradeOff): Html | undefined {
  return tradeOff(options, { column: 'kl', label: 'off-target KL, nats per token', write: klNats.write });
}

/** Gain against compute: the floating-point operations of the method and its search. */
export function computeChart(options: TradeOff): Html | undefined {
  return tradeOff(options, { column: 'flops', label: 'FLOPs, search included', write: flops.write });
}

type Cost = { column: 'kl' | 'flops'; label: string; write: (value: number) => string };

// A cost of zero has no place on a logarithmic axis; undefined when nothing can be drawn.
function tradeOff({ task, rows, styles }: TradeOff, { column, label, write }: Cost): Html | undefined {
  const points = rows.flatMap((row) => {
    const [cost, gain] = [row[column], row.gain];
    return cost === null || gain === null || cost <= 0 ? [] : [{ ...row, cost, gain }];
  });
  if (points.length === 0) return undefined;
  const costs = points.map(({ cost }) => cost);
  const domain: [number, number] = [Math.min(...costs) / 1.3, Math.max(...costs) * 1.3];
  return chart({
    label: `gain on ${task} against ${label}`,
    marginRight: 16,
    x: { type: 'log', domain, axis: null },
    y: { label: null, ticks: 5, tickFormat: shortPoints, grid: true, nice: true },
    marks: [
      ...logAxis(logTicks(...domain), { label, write: (value) => withoutTrailingZeros(write(value)) }),
      Plot.ruleY([0], { stroke: 'currentColor', strokeOpacity: 0.5 }),
      ...styles.flatMap((style) =>
        stageMarks(
          style,
          points.filter(({ stage }) => stage === style.stage),
          write,
        ),
      ),
    ],
  });
}

type Point = TreatmentRow & { cost: number; gain: number };

function stageMarks(
  { stage, color, symbol }: StageStyle,
  points: readonly Point[],
  write: (value: number) => string,
) {
  const title = ({ n, gain, cost }: Point) =>
    `${stage}, N = ${n}: ${pointsFormat.write(gain)} points at ${write(cost)}`;
  const ends = points.filter((_, index) => index === 0 || index === points.length - 1);
  const at = { x: 'cost', y: 'gain' } as const;
  return [
    Plot.line(points, { ...at, stroke: color, strokeOpacity: 0.55, strokeWidth: 1.5 }),
    Plot.dot(points, { ...at, fill: color, symbol, r: 3.8, title }),
    Plot.text(ends, {
      ...at,
      text: ({ n }: Point) => String(n),
      dx: 7,
      textAnchor: 'start',
      fill: color,
      ...HALO,
      fontSize: 9.5,
    }),
  ];
}

function shortPoints(value: number): string {
  return pointsFormat.write(value).replace(/\.0$/, '');
}
