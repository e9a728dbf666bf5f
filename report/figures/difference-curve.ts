import * as Plot from '@observablehq/plot';
import type { BudgetDifference } from '../answer-rows.js';
import type { Html } from '../html.js';
import { points as pointsFormat } from '../number-format.js';
import type { StageStyle } from '../palette.js';
import { budgetAxis, budgetScale, chart, HALO } from './chart.js';

/** The paired difference of two methods against N: above zero the second is better, below the first. */
export function differenceCurve(
  points: readonly BudgetDifference[],
  [first, second]: readonly [StageStyle, StageStyle],
): Html {
  const budgets = points.map(({ n }) => n);
  const extent = Math.max(0.01, ...points.flatMap(({ low, high }) => [Math.abs(low), Math.abs(high)])) * 1.12;
  const title = (row: BudgetDifference) =>
    `N = ${row.n}: ${pointsFormat.write(row.difference)} points (${pointsFormat.write(row.low)} to ${pointsFormat.write(row.high)})`;
  return chart({
    label: `paired difference in score, ${second.stage} minus ${first.stage}: ${points.map(title).join('; ')}`,
    marginRight: 16,
    x: budgetScale(budgets),
    y: {
      domain: [-extent, extent],
      label: null,
      ticks: 5,
      tickFormat: (value: number) => pointsFormat.write(value).replace('.0', ''),
      grid: true,
    },
    marks: [
      ...budgetAxis(budgets),
      Plot.ruleY([0], { stroke: 'currentColor', strokeOpacity: 0.6 }),
      sideLabel(`${second.stage} better`, second.color, 'top-left'),
      sideLabel(`${first.stage} better`, first.color, 'bottom-left'),
      Plot.areaY(points, { x: 'n', y1: 'low', y2: 'high', fill: 'currentColor', fillOpacity: 0.1 }),
      Plot.line(points, {
        x: 'n',
        y: 'difference',
        stroke: 'currentColor',
        strokeOpacity: 0.75,
        strokeWidth: 1.5,
      }),
      Plot.ruleX(points, { x: 'n', y1: 'low', y2: 'high', stroke: 'currentColor', strokeOpacity: 0.35 }),
      ...[first, second].map((style, side) =>
        Plot.dot(
          points.filter(({ difference }) => (side === 1 ? difference > 0 : difference < 0)),
          { x: 'n', y: 'difference', fill: style.color, symbol: style.symbol, r: 4, title },
        ),
      ),
    ],
  });
}

function sideLabel(text: string, color: string, frameAnchor: 'top-left' | 'bottom-left') {
  const dy = frameAnchor === 'top-left' ? 6 : -6;
  return Plot.text([text], { frameAnchor, dx: 5, dy, fill: color, ...HALO, fontWeight: 600, fontSize: 11 });
}
