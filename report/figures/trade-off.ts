import * as Plot from '@observablehq/plot';
import type { MethodKind } from '../../schemas/pipeline.js';
import type { Html } from '../html.js';
import { klNats, points as pointsFormat, withoutTrailingZeros } from '../number-format.js';
import { KIND_NAMES, kindColor, type StageStyle } from '../palette.js';
import type { SelectivityRow } from '../selectivity.js';
import { chart, type Label, logAxis, logTicks, PANEL, titledY } from './chart.js';
import { endLabels } from './end-labels.js';

export type TradeOff = {
  task: string;
  rows: readonly SelectivityRow[];
  styles: readonly StageStyle[];
};

/**
 * Gain against off-target KL: at the same height, the method further left changed less of what it should leave alone.
 * A KL of zero has no place on a logarithmic axis; undefined when nothing can be drawn.
 */
export function selectivityChart({ task, rows, styles }: TradeOff): Html | undefined {
  const points = rows.flatMap((row) => {
    const { kl, gain } = row;
    return kl === null || gain === null || kl <= 0 ? [] : [{ ...row, kl, gain }];
  });
  if (points.length === 0) return undefined;
  const kinds = [...new Set(points.map(({ kind }) => kind))];
  const costs = points.map(({ kl }) => kl);
  const domain: [number, number] = [Math.min(...costs) / 1.3, Math.max(...costs) * 1.3];
  const label = 'off-target KL, nats per token';
  return chart({
    label: `gain on ${task} against ${label}: ${kinds.map((kind) => mostText(kind, points)).join('; ')}`,
    marginRight: 86,
    x: { type: 'log', domain, axis: null },
    y: { ticks: 5, tickFormat: shortPoints, grid: true, nice: true, ...titledY('gain, points of score') },
    marks: [
      ...logAxis(logTicks(...domain), { label, write: (value) => withoutTrailingZeros(klNats.write(value)) }),
      Plot.ruleY([0], { stroke: 'currentColor', strokeOpacity: 0.5 }),
      ...kinds.map((kind) =>
        frontier(
          points.filter((row) => row.kind === kind && row.on_frontier),
          domain[1],
        ),
      ),
      ...styles.map((style) => stageMarks(style, points)),
      ...kindLabels(points, kinds, domain[1]),
    ],
  });
}

type Point = SelectivityRow & { kl: number; gain: number };

/** The most that a kind gains, and at what change. */
function mostText(kind: MethodKind, points: readonly Point[]): string {
  const [most] = points.filter((row) => row.kind === kind).toSorted((one, other) => other.gain - one.gain);
  return most === undefined
    ? KIND_NAMES[kind]
    : `${KIND_NAMES[kind]} at most ${pointsFormat.write(most.gain)} points at ${klNats.write(most.kl)}`;
}

/** What a kind can gain for a given change: level until the next method of the frontier, and on to the edge. */
function frontier(points: readonly Point[], edge: number) {
  const last = ascending(points).at(-1);
  const stairs = last === undefined ? [] : [...ascending(points), { ...last, kl: edge }];
  return Plot.line(stairs, {
    x: 'kl',
    y: 'gain',
    curve: 'step-after',
    stroke: last === undefined ? 'currentColor' : kindColor(last.kind, 0),
    strokeWidth: 1.6,
    strokeOpacity: 0.7,
  });
}

function stageMarks({ stage, color, symbol }: StageStyle, points: readonly Point[]) {
  const title = ({ n, gain, kl }: Point) =>
    `${stage}, N = ${n}: ${pointsFormat.write(gain)} points at ${klNats.write(kl)}`;
  return Plot.dot(
    points.filter((row) => row.stage === stage),
    {
      x: 'kl',
      y: 'gain',
      fill: color,
      fillOpacity: (row: Point) => (row.on_frontier ? 1 : 0.35),
      symbol,
      r: (row: Point) => (row.on_frontier ? 4 : 2.8),
      title,
    },
  );
}

/** The names of kinds at the ends of their frontiers, moved apart where they would meet. */
function kindLabels(points: readonly Point[], kinds: readonly MethodKind[], edge: number) {
  const gains = points.map(({ gain }) => gain);
  const height = Math.max(0, ...gains) - Math.min(0, ...gains);
  const labels = kinds.flatMap((kind): Label[] => {
    const best = ascending(points.filter((row) => row.kind === kind && row.on_frontier)).at(-1);
    return best === undefined
      ? []
      : [{ text: KIND_NAMES[kind], y: best.gain, color: kindColor(kind, 0), weight: 600 }];
  });
  return endLabels(labels, { x: edge, gap: (height * 13) / (PANEL.height - 56) });
}

function ascending(points: readonly Point[]): Point[] {
  return points.toSorted((one, other) => one.kl - other.kl);
}

function shortPoints(value: number): string {
  return pointsFormat.write(value).replace(/\.0$/, '');
}
