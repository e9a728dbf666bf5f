import * as Plot from '@observablehq/plot';
import type { Html } from '../html.js';
import { klNats, points as pointsFormat, withoutTrailingZeros } from '../number-format.js';
import type { StageStyle } from '../palette.js';
import type { TreatmentRow } from '../treatments.js';
import { chart, HALO, logAxis, logTicks } from './chart.js';

export type TradeOff = {
  task: string;
  rows: readonly TreatmentRow[];
  styles: readonly StageStyle[];
  /** Stages whose first and last number of examples are written beside their points; the others are drawn pale. */
  named: readonly string[];
};

/**
 * Gain against off-target KL: at the same height, the method further left changed less of what it should leave alone.
 * A KL of zero has no place on a logarithmic axis; undefined when nothing can be drawn.
 */
export function selectivityChart({ task, rows, styles, named }: TradeOff): Html | undefined {
  const points = rows.flatMap((row) => {
    const { kl, gain } = row;
    return kl === null || gain === null || kl <= 0 ? [] : [{ ...row, kl, gain }];
  });
  if (points.length === 0) return undefined;
  const costs = points.map(({ kl }) => kl);
  const domain: [number, number] = [Math.min(...costs) / 1.3, Math.max(...costs) * 1.3];
  const label = 'off-target KL, nats per token';
  return chart({
    label: `gain on ${task} against ${label}`,
    marginRight: 16,
    x: { type: 'log', domain, axis: null },
    y: { label: null, ticks: 5, tickFormat: shortPoints, grid: true, nice: true },
    marks: [
      ...logAxis(logTicks(...domain), { label, write: (value) => withoutTrailingZeros(klNats.write(value)) }),
      Plot.ruleY([0], { stroke: 'currentColor', strokeOpacity: 0.5 }),
      ...styles.flatMap((style) =>
        stageMarks(
          style,
          points.filter(({ stage }) => stage === style.stage),
          named.includes(style.stage),
        ),
      ),
    ],
  });
}

type Point = TreatmentRow & { kl: number; gain: number };

function stageMarks({ stage, color, symbol }: StageStyle, points: readonly Point[], named: boolean) {
  const title = ({ n, gain, kl }: Point) =>
    `${stage}, N = ${n}: ${pointsFormat.write(gain)} points at ${klNats.write(kl)}`;
  const ends = points.filter((_, index) => named && (index === 0 || index === points.length - 1));
  const at = { x: 'kl', y: 'gain' } as const;
  return [
    Plot.line(points, { ...at, stroke: color, strokeOpacity: named ? 0.55 : 0.2, strokeWidth: 1.5 }),
    Plot.dot(points, { ...at, fill: color, fillOpacity: named ? 1 : 0.5, symbol, r: named ? 3.8 : 3, title }),
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
