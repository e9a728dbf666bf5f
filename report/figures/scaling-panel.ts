import * as Plot from '@observablehq/plot';
import type { ScalingPointRow } from '../../evaluation/statistics/law-rows.js';
import { type Html, html } from '../html.js';
import { coefficient, flops, withoutTrailingZeros } from '../number-format.js';
import type { StageStyle } from '../palette.js';
import { chart, type Label, logAxis, logTicks, PANEL, RESIDUALS, titledY } from './chart.js';
import { endLabels } from './end-labels.js';

export type ScalingPanel = {
  task: string;
  /** Points of one stage and one measure of capability. */
  rows: readonly ScalingPointRow[];
  style: StageStyle;
  axis: string;
};

/** Loss against capability on two logarithmic axes: points are observed, a line a number of examples is the fitted law; residuals below. */
export function scalingPanel(options: ScalingPanel): Html {
  const xs = options.rows.map(({ x }) => x);
  const domain: [number, number] = [Math.min(...xs) / 1.15, Math.max(...xs) * 1.15];
  return html`${curves(options, domain)}${residuals(options, domain)}`;
}

function curves({ task, rows, style, axis }: ScalingPanel, domain: readonly [number, number]): Html {
  const ys = rows.flatMap(({ observed, fitted }) => [observed, fitted ?? observed]);
  const range: [number, number] = [Math.min(...ys) / 1.04, Math.max(...ys) * 1.04];
  const ascending = rows.toSorted((one, other) => one.x - other.x);
  const title = ({ model, n, observed, fitted }: ScalingPointRow) =>
    `${model}, N = ${n}: ${coefficient.write(observed)} nats${fitted === null ? '' : `, ${coefficient.write(fitted)} by the law`}`;
  return chart({
    label: `loss of ${style.stage} on ${task} against ${axis}, a line for each number of examples${endsText(ascending)}`,
    height: PANEL.height - 22,
    marginBottom: 12,
    x: { type: 'log', domain, axis: null },
    y: { type: 'log', domain: range, axis: null },
    marks: [
      Plot.axisY(logTicks(...range), {
        tickFormat: coefficient.write,
        tickSize: 0,
        ...titledY('loss, nats'),
      }),
      Plot.gridY(logTicks(...range)),
      Plot.line(
        ascending.filter(({ fitted }) => fitted !== null),
        { x: 'x', y: 'fitted', z: 'n', stroke: style.color, strokeOpacity: 0.7 },
      ),
      ...budgetMarks(ascending, 'observed', { fill: style.color, r: 3.2, title }),
      ...endLabels(lineEnds(ascending), { x: domain[1], gap: nameGap(range), place: Math.exp }),
    ],
  });
}

/** What was observed of the least and the most capable model. */
function endsText(ascending: readonly ScalingPointRow[]): string {
  const clauses = budgetsOf(ascending).flatMap((n) => {
    const rows = ascending.filter((row) => row.n === n);
    const [first, last] = [rows[0], rows.at(-1)];
    if (first === undefined || last === undefined) return [];
    return [
      `N = ${n}, ${coefficient.write(first.observed)} nats of ${first.model}, ${coefficient.write(last.observed)} of ${last.model}`,
    ];
  });
  return clauses.length === 0 ? '' : `: ${clauses.join('; ')}`;
}

/** The number of examples at the end of every line, on the logarithmic scale. */
function lineEnds(ascending: readonly ScalingPointRow[]): Label[] {
  return budgetsOf(ascending).flatMap((n, index): Label[] => {
    const end = ascending.filter((row) => row.n === n).at(-1);
    return end === undefined
      ? []
      : [
          {
            text: `${GLYPHS[index % GLYPHS.length]} N = ${n}`,
            y: Math.log(end.fitted ?? end.observed),
            color: 'currentColor',
            weight: 400,
          },
        ];
  });
}

function nameGap([low, high]: readonly [number, number]): number {
  return (Math.log(high / low) * 13) / (PANEL.height - 56);
}

/** A mark for each number of examples, and the same as a letter beside its name; the next ones begin again. */
const MARKS = ['circle', 'triangle', 'square', 'diamond', 'star', 'wye', 'hexagon', 'cross'] as const;
const GLYPHS = ['●', '▲', '■', '◆', '★', 'Y', '⬢', '✚'];

function budgetMarks(rows: readonly ScalingPointRow[], y: 'observed' | 'residual', options: Plot.DotOptions) {
  return budgetsOf(rows).map((n, index) =>
    Plot.dot(
      rows.filter((row) => row.n === n),
      { x: 'x', y, symbol: MARKS[index % MARKS.length] ?? 'circle', ...options },
    ),
  );
}

function budgetsOf(rows: readonly ScalingPointRow[]): number[] {
  return [...new Set(rows.map(({ n }) => n))].sort((one, other) => one - other);
}

function residuals({ task, rows, style, axis }: ScalingPanel, domain: readonly [number, number]): Html {
  const points = rows.filter(({ residual }) => residual !== null);
  const extent = Math.max(0.01, ...points.map(({ residual }) => Math.abs(residual ?? 0))) * 1.25;
  return chart({
    label: `residuals of the law of ${style.stage} on ${task} against ${axis}`,
    ...RESIDUALS,
    x: { type: 'log', domain, axis: null },
    y: { domain: [-extent, extent], ticks: 3, grid: true, ...titledY('log observed − log fitted') },
    marks: [
      ...logAxis(logTicks(...domain), {
        label: axis,
        write: (value) => withoutTrailingZeros(flops.write(value)),
      }),
      Plot.ruleY([0], { stroke: 'currentColor', strokeOpacity: 0.6 }),
      ...budgetMarks(points, 'residual', { fill: style.color, r: 2.6 }),
    ],
  });
}
