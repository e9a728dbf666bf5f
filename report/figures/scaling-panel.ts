import * as Plot from '@observablehq/plot';
import type { ScalingPointRow } from '../../evaluation/statistics/law-rows.js';
import { type Html, html } from '../html.js';
import { coefficient, flops, withoutTrailingZeros } from '../number-format.js';
import type { StageStyle } from '../palette.js';
import { chart, type Label, logAxis, logTicks, PANEL, spreadLabels } from './chart.js';

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
    label: `loss of ${style.stage} on ${task} against ${axis}, a line for each number of examples`,
    height: PANEL.height - 22,
    marginBottom: 12,
    x: { type: 'log', domain, axis: null },
    y: { type: 'log', domain: range, label: null, axis: null },
    marks: [
      Plot.axisY(logTicks(...range), { tickFormat: coefficient.write, label: null, tickSize: 0 }),
      Plot.gridY(logTicks(...range)),
      Plot.line(
        ascending.filter(({ fitted }) => fitted !== null),
        { x: 'x', y: 'fitted', z: 'n', stroke: style.color, strokeOpacity: 0.7 },
      ),
      Plot.dot(ascending, { x: 'x', y: 'observed', fill: style.color, symbol: style.symbol, r: 3.2, title }),
      ...lineNames(ascending, range).map(({ text, y }) =>
        Plot.text([text], { x: [domain[1]], y: [Math.exp(y)], dx: 5, textAnchor: 'start', fontSize: 10.5 }),
      ),
    ],
  });
}

/** The number of examples at the end of every line, moved apart on the logarithmic scale. */
function lineNames(ascending: readonly ScalingPointRow[], [low, high]: readonly [number, number]): Label[] {
  const budgets = [...new Set(ascending.map(({ n }) => n))].sort((one, other) => one - other);
  const labels = budgets.flatMap((n): Label[] => {
    const end = ascending.filter((row) => row.n === n).at(-1);
    return end === undefined
      ? []
      : [{ text: `N = ${n}`, y: Math.log(end.fitted ?? end.observed), color: 'currentColor', weight: 400 }];
  });
  return spreadLabels(labels, (Math.log(high / low) * 13) / (PANEL.height - 56));
}

function residuals({ task, rows, style, axis }: ScalingPanel, domain: readonly [number, number]): Html {
  const points = rows.filter(({ residual }) => residual !== null);
  const extent = Math.max(0.01, ...points.map(({ residual }) => Math.abs(residual ?? 0))) * 1.25;
  return chart({
    label: `residuals of the law of ${style.stage} on ${task} against ${axis}`,
    height: 96,
    marginTop: 6,
    x: { type: 'log', domain, axis: null },
    y: { domain: [-extent, extent], label: null, ticks: 3, grid: true },
    marks: [
      ...logAxis(logTicks(...domain), {
        label: axis,
        write: (value) => withoutTrailingZeros(flops.write(value)),
      }),
      Plot.ruleY([0], { stroke: 'currentColor', strokeOpacity: 0.6 }),
      Plot.dot(points, { x: 'x', y: 'residual', fill: style.color, symbol: style.symbol, r: 2.6 }),
    ],
  });
}
