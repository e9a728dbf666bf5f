import * as Plot from '@observablehq/plot';
import type { FrontRow } from '../../evaluation/statistics/rows.js';
import { type Front, frontsByBudget } from '../front-phrases.js';
import type { Html } from '../html.js';
import { flops, nats, points as pointsFormat, withoutTrailingZeros } from '../number-format.js';
import type { StageStyle } from '../palette.js';
import { chart, HALO, logAxis, logTicks } from './chart.js';
import { placeLabels } from './label-places.js';

const SIZE = { width: 1100, height: 500 };
const MARGINS = { marginTop: 24, marginRight: 92, marginBottom: 38, marginLeft: 52 };

export type Continuum = {
  task: string;
  rows: readonly FrontRow[];
  styles: readonly StageStyle[];
  /** How a stage is named beside its point. */
  nameOf: (stage: string) => string;
};

/** Gain against compute: all methods at all budgets as points, a line a budget along its front. */
export function continuumChart({ task, rows, styles, nameOf }: Continuum): Html | undefined {
  const drawn = rows.filter((row) => row.flops > 0 && styles.some(({ stage }) => stage === row.stage));
  const [first] = drawn;
  if (first === undefined) return undefined;
  const unit = first.measure === 'score' ? pointsFormat : nats;
  const scale = scales(drawn);
  const front = drawn.filter((row) => row.on_front);
  const fronts = frontsByBudget(drawn);
  return chart({
    label: `gain in ${first.measure} on ${task} against compute, with the front of every number of examples: ${fronts.map(frontText(nameOf)).join('; ')}`,
    ...SIZE,
    ...MARGINS,
    x: { type: 'log', domain: scale.x, axis: null },
    y: {
      domain: scale.y,
      label: null,
      ticks: 7,
      tickFormat: (value: number) => withoutTrailingZeros(unit.write(value)),
      grid: true,
    },
    marks: [
      ...logAxis(logTicks(...scale.x), {
        label: 'FLOPs of method and search',
        write: (value) => withoutTrailingZeros(flops.write(value)),
      }),
      Plot.ruleY([0], { stroke: 'currentColor', strokeOpacity: 0.6 }),
      ...intervalMarks(drawn, styles),
      ...fronts.map(({ members }, index) => frontLine(members, (index + 1) / fronts.length)),
      ...pointMarks(drawn, { styles, write: unit.write }),
      ...labelMarks(front, { styles, scale, nameOf }),
    ],
  });
}

/** The methods along a front, cheapest first. */
function frontText(nameOf: Continuum['nameOf']) {
  return ({ n, members }: Front) =>
    `N = ${n}, ${members.length === 0 ? 'none' : members.map(({ stage }) => nameOf(stage)).join(', ')}`;
}

type Scale = { x: [number, number]; y: [number, number] };

function scales(rows: readonly FrontRow[]): Scale {
  const costs = rows.map((row) => row.flops);
  const gains = [0, ...rows.flatMap(({ low, high }) => [low, high])];
  const [low, high] = [Math.min(...gains), Math.max(...gains)];
  const room = (high - low || 1) * 0.05;
  return { x: [Math.min(...costs) / 1.35, Math.max(...costs) * 1.25], y: [low - room, high + room] };
}

function colorOf(styles: readonly StageStyle[], stage: string): string {
  return styles.find((style) => style.stage === stage)?.color ?? 'currentColor';
}

function intervalMarks(rows: readonly FrontRow[], styles: readonly StageStyle[]) {
  return [false, true].map((onFront) =>
    Plot.ruleX(
      rows.filter((row) => row.on_front === onFront),
      {
        x: 'flops',
        y1: 'low',
        y2: 'high',
        stroke: ({ stage }: FrontRow) => colorOf(styles, stage),
        strokeWidth: onFront ? 1.6 : 1,
        strokeOpacity: onFront ? 0.75 : 0.2,
      },
    ),
  );
}

function frontLine(members: readonly FrontRow[], strength: number) {
  return Plot.line(members, {
    x: 'flops',
    y: 'gain',
    stroke: 'currentColor',
    strokeWidth: 1 + strength,
    strokeOpacity: 0.25 + 0.45 * strength,
  });
}

function pointMarks(
  rows: readonly FrontRow[],
  { styles, write }: { styles: readonly StageStyle[]; write: (value: number) => string },
) {
  const title = ({ stage, n, gain, low, high, flops: cost }: FrontRow) =>
    `${stage}, N = ${n}: ${write(gain)} (${write(low)} to ${write(high)}) at ${flops.write(cost)}`;
  return styles.flatMap(({ stage, color, symbol }) =>
    [false, true].map((onFront) =>
      Plot.dot(
        rows.filter((row) => row.stage === stage && row.on_front === onFront),
        {
          x: 'flops',
          y: 'gain',
          fill: color,
          fillOpacity: onFront ? 1 : 0.38,
          symbol,
          r: onFront ? 5 : 3.4,
          ...(onFront ? { stroke: 'var(--surface)', strokeWidth: 1 } : {}),
          title,
        },
      ),
    ),
  );
}

/** Labels of one method closer than this, in pixels, would say the same twice. */
const SAME_NAME = 90;

/**
 * The number of examples at the end of every line, and names of the front's methods, where they collide with no other
 * label and no point of a front; the highest first.
 */
function labelMarks(
  front: readonly FrontRow[],
  { styles, scale, nameOf }: Pick<Continuum, 'styles' | 'nameOf'> & { scale: Scale },
) {
  const ends = frontsByBudget(front).flatMap(({ members }) => members.at(-1) ?? []);
  const budgets = ends.map((row) => ({ ...pixel(row, scale), text: `N = ${row.n}`, row, isBudget: true }));
  const names = front.map((row) => ({ ...pixel(row, scale), text: nameOf(row.stage), row, isBudget: false }));
  const placed = placeLabels([...budgets, ...names.toSorted((one, other) => one.y - other.y)], {
    busy: names.map(({ x, y }) => ({ x, y, radius: 5 })),
    frame: {
      x: MARGINS.marginLeft,
      y: 0,
      width: SIZE.width - MARGINS.marginLeft,
      height: SIZE.height - MARGINS.marginBottom,
    },
    apart: SAME_NAME,
  });
  return placed.map(({ label: { row, text, isBudget }, dx, dy, anchor }) =>
    Plot.text([row], {
      x: 'flops',
      y: 'gain',
      text: () => text,
      dx,
      dy,
      textAnchor: anchor,
      fill: isBudget ? 'currentColor' : colorOf(styles, row.stage),
      ...HALO,
      fontWeight: isBudget ? 800 : 600,
      fontSize: 11.5,
    }),
  );
}

/** Where a point lies in the drawing, in its own pixels. */
function pixel({ flops: cost, gain }: FrontRow, { x, y }: Scale): { x: number; y: number } {
  const right = SIZE.width - MARGINS.marginRight;
  const bottom = SIZE.height - MARGINS.marginBottom;
  const across = Math.log(cost / x[0]) / Math.log(x[1] / x[0]);
  const up = (gain - y[0]) / (y[1] - y[0]);
  return {
    x: MARGINS.marginLeft + across * (right - MARGINS.marginLeft),
    y: bottom - up * (bottom - MARGINS.marginTop),
  };
}
