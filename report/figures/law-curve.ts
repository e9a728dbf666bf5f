import * as Plot from '@observablehq/plot';
import type { LawCurveRow } from '../../evaluation/statistics/law-rows.js';
import { type Html, html } from '../html.js';
import { coefficient, logError } from '../number-format.js';
import type { StageStyle } from '../palette.js';
import {
  budgetAxis,
  budgetScale,
  chart,
  clipped,
  type Label,
  nameRoom,
  PANEL,
  RESIDUALS,
  titledY,
} from './chart.js';
import { endLabels } from './end-labels.js';

export type LawCurves = { task: string; rows: readonly LawCurveRow[]; styles: readonly StageStyle[] };

type Fitted = LawCurveRow & { fitted: number };
type Observed = Fitted & { observed: number };

/** Fitted laws of learning curves in loss with their bands and what was observed; below, the residuals on the same axis. */
export function lawCurve({ task, rows, styles }: LawCurves): Html {
  const fitted = rows.filter((row): row is Fitted => row.fitted !== null);
  const observed = fitted.filter((row): row is Observed => row.observed !== null);
  const drawn = styles.filter(({ stage }) => fitted.some((row) => row.stage === stage));
  const budgets = [...new Set(observed.map(({ n }) => n))].sort((one, other) => one - other);
  return html`${curves({ task, fitted, observed, styles: drawn, budgets })}${residuals({ task, observed, styles: drawn, budgets })}`;
}

type Drawn = {
  task: string;
  observed: readonly Observed[];
  styles: readonly StageStyle[];
  budgets: readonly number[];
};

function curves({ task, fitted, observed, styles, budgets }: Drawn & { fitted: readonly Fitted[] }): Html {
  const values = [
    ...fitted.flatMap((row) => [row.fitted, row.fitted_low ?? row.fitted, row.fitted_high ?? row.fitted]),
    ...observed.map((row) => row.observed),
  ];
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const room = (high - low || 1) * 0.05;
  const { letters, marginRight } = nameRoom(styles.map(({ stage }) => stage));
  const names = styles.flatMap(({ stage, color }): Label[] => {
    const last = fitted.filter((row) => row.stage === stage).at(-1);
    return last === undefined ? [] : [{ text: clipped(stage, letters), y: last.fitted, color, weight: 600 }];
  });
  const gap = ((high - low + 2 * room) * 13) / (PANEL.height - 56);
  return chart({
    label: `fitted laws of the loss on ${task} against the number of training examples${seenText(styles, observed)}`,
    marginBottom: 12,
    marginRight,
    height: PANEL.height - 22,
    x: budgetScale(budgets),
    y: { domain: [low - room, high + room], ticks: 5, grid: true, ...titledY('loss, nats') },
    marks: [
      ...styles.flatMap((style) =>
        curveMarks(style, fitted, observed.map(within([low - room, high + room]))),
      ),
      ...endLabels(names, { x: budgets.at(-1) ?? Number.NaN, gap }),
    ],
  });
}

/** What was observed at both ends. */
function seenText(styles: readonly StageStyle[], observed: readonly Observed[]): string {
  const clauses = styles.flatMap(({ stage }) => {
    const points = observed.filter((row) => row.stage === stage);
    const [first, last] = [points[0], points.at(-1)];
    if (first === undefined || last === undefined) return [];
    return [
      `${stage} ${coefficient.write(first.observed)} nats at N = ${first.n}, ${coefficient.write(last.observed)} at N = ${last.n}`,
    ];
  });
  return clauses.length === 0 ? '' : `: ${clauses.join('; ')}`;
}

/** Intervals of what was observed, cut where they leave the frame: a few seeds may spread over several nats. */
function within([low, high]: readonly [number, number]): (row: Observed) => Observed {
  const cut = (value: number | null) => (value === null ? null : Math.min(high, Math.max(low, value)));
  return (row) => ({ ...row, observed_low: cut(row.observed_low), observed_high: cut(row.observed_high) });
}

function curveMarks(
  { stage, color, symbol, dash }: StageStyle,
  fitted: readonly Fitted[],
  observed: readonly Observed[],
) {
  const curve = fitted.filter((row) => row.stage === stage);
  const band = curve.filter(({ fitted_low, fitted_high }) => fitted_low !== null && fitted_high !== null);
  const points = observed.filter((row) => row.stage === stage);
  const title = ({ n, law, observed: seen, fitted: said }: Observed) =>
    `${stage}, N = ${n}: ${coefficient.write(seen)} nats observed, ${coefficient.write(said)} by the ${law} law`;
  return [
    Plot.areaY(band, { x: 'n', y1: 'fitted_low', y2: 'fitted_high', fill: color, fillOpacity: 0.12 }),
    Plot.line(curve, { x: 'n', y: 'fitted', stroke: color, strokeWidth: 1.8, strokeDasharray: dash }),
    Plot.ruleX(points, {
      x: 'n',
      y1: 'observed_low',
      y2: 'observed_high',
      stroke: color,
      strokeOpacity: 0.6,
    }),
    Plot.dot(points, { x: 'n', y: 'observed', fill: color, symbol, r: 3.4, title }),
  ];
}

function residuals({ task, observed, styles, budgets }: Drawn): Html {
  const rows = observed.filter(({ residual }) => residual !== null);
  const extent = Math.max(0.01, ...rows.map(({ residual }) => Math.abs(residual ?? 0))) * 1.25;
  return chart({
    label: `residuals of the fitted laws on ${task}`,
    ...RESIDUALS,
    marginRight: nameRoom(styles.map(({ stage }) => stage)).marginRight,
    x: budgetScale(budgets),
    y: {
      domain: [-extent, extent],
      ticks: 3,
      tickFormat: shortError,
      grid: true,
      ...titledY('log observed − log fitted'),
    },
    marks: [
      ...budgetAxis(budgets),
      Plot.ruleY([0], { stroke: 'currentColor', strokeOpacity: 0.6 }),
      ...styles.map(({ stage, color, symbol }) =>
        Plot.dot(
          rows.filter((row) => row.stage === stage),
          { x: 'n', y: 'residual', fill: color, symbol, r: 3 },
        ),
      ),
    ],
  });
}

function shortError(value: number): string {
  return logError.write(value).replace(/0+$/, '').replace(/\.$/, '');
}
