import * as Plot from '@observablehq/plot';
import type { CrossoverRow, CurveRow } from '../../schemas/tables.js';
import type { Html } from '../html.js';
import { examples, nats, percent, withoutTrailingZeros } from '../number-format.js';
import type { StageStyle } from '../palette.js';
import { budgetAxis, budgetScale, chart, clipped, type Label, nameRoom, PANEL } from './chart.js';
import { endLabels } from './end-labels.js';

export type ReferenceLine = { text: string; y: number; color: string; dash: string };

export type LearningCurve = {
  task: string;
  measure: 'score' | 'margin';
  /** Points with n > 0; those of stages without a style are a grey backdrop, and all share one scale. */
  curves: readonly CurveRow[];
  styles: readonly StageStyle[];
  /** Stages whose interval is drawn. */
  banded: readonly string[];
  lines: readonly ReferenceLine[];
  /** The comparison whose N* is marked, when it has one. */
  crossover: Switch | undefined;
};

/** Where two curves cross, with its interval; an end that is null lies beyond the budgets. It is N* where that is decided. */
export type Switch = Pick<CrossoverRow, 'n_star' | 'low' | 'high' | 'smallest_n' | 'largest_n'> & {
  decided: boolean;
};

/** Score or margin against N on a logarithmic axis: means, interval bands, reference lines and N*. */
export function learningCurve(options: LearningCurve): Html {
  const { task, measure, curves, styles, lines, crossover, banded } = options;
  const named = curves.filter(({ stage }) => styles.some((style) => style.stage === stage));
  const budgets = [...new Set(curves.map(({ n }) => n))].sort((one, other) => one - other);
  const domain = valueDomain(curves, lines);
  const gap = ((domain[1] - domain[0]) * (styles.length > 6 ? 11.5 : 13)) / (PANEL.height - 56);
  const write = measure === 'score' ? percent.write : nats.write;
  const drawn = styles.flatMap((style) => {
    const points = curves.filter(({ stage }) => stage === style.stage);
    return points.length > 0 ? [{ style, points }] : [];
  });
  const { letters, marginRight } = nameRoom(curves.map(({ stage }) => stage));
  const names = drawn.flatMap(({ style, points }): Label[] => {
    const last = points.at(-1);
    return last === undefined
      ? []
      : [{ text: clipped(style.stage, letters), y: last.value, color: style.color, weight: 600 }];
  });
  const references = lines.map(
    ({ text, y, color }): Label => ({ text: clipped(text, 12), y, color, weight: 400 }),
  );
  return chart({
    label: `${measure} on ${task} against the number of training examples${endsText(drawn, write)}`,
    marginRight,
    x: budgetScale(budgets),
    y: {
      domain,
      label: null,
      ticks: 5,
      tickFormat: measure === 'score' ? (value: number) => `${Math.round(value * 100)} %` : shortNats,
      grid: true,
    },
    marks: [
      ...budgetAxis(budgets),
      ...switchMarks(crossover, domain),
      ...lines.map(({ y, color, dash }) => Plot.ruleY([y], { stroke: color, strokeDasharray: dash })),
      backdrop(curves.filter((row) => !named.includes(row))),
      ...drawn.flatMap(({ style, points }) =>
        curveMarks(style, points, { write, band: banded.includes(style.stage) }),
      ),
      ...endLabels([...names, ...references], {
        x: budgets.at(-1) ?? Number.NaN,
        gap,
        highest: domain[1] + gap,
      }),
    ],
  });
}

function curveMarks(
  { stage, color, symbol, dash }: StageStyle,
  points: readonly CurveRow[],
  { write, band }: { write: (value: number) => string; band: boolean },
) {
  const title = ({ n, value, low, high, seeds }: CurveRow) =>
    `${stage}, N = ${n}: ${write(value)} (${write(low)} to ${write(high)}), ${seeds} seeds`;
  return [
    ...(band ? [Plot.areaY(points, { x: 'n', y1: 'low', y2: 'high', fill: color, fillOpacity: 0.13 })] : []),
    ...(band && points.length === 1
      ? [Plot.ruleX(points, { x: 'n', y1: 'low', y2: 'high', stroke: color })]
      : []),
    Plot.line(points, {
      x: 'n',
      y: 'value',
      stroke: color,
      strokeWidth: band ? 2.2 : 1.4,
      strokeDasharray: dash,
    }),
    Plot.dot(points, { x: 'n', y: 'value', fill: color, symbol, r: 3.6, title }),
  ];
}

/** What is to be seen: where each curve begins and ends. */
function endsText(
  drawn: readonly { style: StageStyle; points: readonly CurveRow[] }[],
  write: (value: number) => string,
): string {
  const clauses = drawn.flatMap(({ style, points }) => {
    const [first, last] = [points[0], points.at(-1)];
    if (first === undefined || last === undefined) return [];
    const from = `${style.stage} ${write(first.value)} at N = ${first.n}`;
    return [first === last ? from : `${from}, ${write(last.value)} at N = ${last.n}`];
  });
  return clauses.length === 0 ? '' : `: ${clauses.join('; ')}`;
}

function backdrop(curves: readonly CurveRow[]) {
  return Plot.line(curves, {
    x: 'n',
    y: 'value',
    z: 'stage',
    stroke: 'currentColor',
    strokeOpacity: 0.13,
    strokeWidth: 1,
  });
}

function switchMarks(row: Switch | undefined, [bottom, top]: readonly [number, number]) {
  if (row?.n_star === null || row === undefined) return [];
  const interval = { x1: row.low ?? row.smallest_n, x2: row.high ?? row.largest_n, y1: bottom, y2: top };
  return [
    Plot.rect([interval], {
      x1: 'x1',
      x2: 'x2',
      y1: 'y1',
      y2: 'y2',
      fill: 'currentColor',
      fillOpacity: 0.06,
    }),
    Plot.ruleX([row.n_star], { stroke: 'currentColor', strokeDasharray: '2,2', strokeOpacity: 0.7 }),
    Plot.text([row.decided ? `N* ${examples.write(row.n_star)}` : `cross at ${examples.write(row.n_star)}`], {
      x: [row.n_star],
      frameAnchor: 'top',
      dy: -13,
      fill: 'currentColor',
      fontSize: 10.5,
      fontWeight: row.decided ? 600 : 400,
      fillOpacity: row.decided ? 1 : 0.7,
    }),
  ];
}

/** Signed, without digits that are all zero: +1, −0.5. */
function shortNats(value: number): string {
  return withoutTrailingZeros(nats.write(value));
}

function valueDomain(curves: readonly CurveRow[], lines: readonly ReferenceLine[]): [number, number] {
  const values = [...curves.flatMap(({ low, high }) => [low, high]), ...lines.map(({ y }) => y)];
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const margin = (high - low || 1) * 0.05;
  return [low - margin, high + margin];
}
