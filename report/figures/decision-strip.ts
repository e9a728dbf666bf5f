import * as Plot from '@observablehq/plot';
import type { CrossoverRow } from '../../schemas/tables.js';
import type { BudgetDifference } from '../answer-rows.js';
import { decidedSign } from '../decided.js';
import type { Html } from '../html.js';
import { examples, points } from '../number-format.js';
import type { StageStyle } from '../palette.js';
import type { Study } from '../study.js';
import { budgetAxis, chart, clipped } from './chart.js';

export type DecisionStrip = {
  task: string;
  /** The paired differences in score at each budget, second − first. */
  differences: readonly BudgetDifference[];
  styles: readonly [first: StageStyle, second: StageStyle];
  comparison: CrossoverRow;
  settings: Study['settings'];
};

/** The answer as a strip over log N: who leads at each budget, filled where that is decided, and N* above. */
export function decisionStrip({ task, differences, styles, comparison, settings }: DecisionStrip): Html {
  const budgets = differences.map(({ n }) => n);
  const domain = stripDomain(budgets);
  const hasSwitch = comparison.n_star !== null;
  return chart({
    label: `who leads on ${task} at each number of training examples`,
    height: hasSwitch ? 98 : 76,
    marginTop: hasSwitch ? 28 : 6,
    marginBottom: 32,
    marginLeft: 6,
    marginRight: 6,
    x: { type: 'log', domain, axis: null },
    y: { domain: [0, 1], axis: null },
    marks: [
      ...budgetAxis(budgets),
      ...differences.flatMap((row, index) => {
        const x1 = edge(budgets, index, domain[0]);
        const x2 = edge(budgets, index + 1, domain[1]);
        return segment(row, { x1, x2, styles, decided: decidedSign(row, settings) !== 0 });
      }),
      ...switchMarks(comparison),
    ],
  });
}

type Segment = { x1: number; x2: number; styles: DecisionStrip['styles']; decided: boolean };

function segment(row: BudgetDifference, { x1, x2, styles: [first, second], decided }: Segment) {
  const leader = row.difference > 0 ? second : row.difference < 0 ? first : undefined;
  const color = leader?.color ?? 'currentColor';
  const ink = decided ? 'var(--surface)' : color;
  const middle = { x: [Math.sqrt(x1 * x2)], y: [0.5], fill: ink };
  const interval = `${points.write(row.low)} to ${points.write(row.high)}`;
  const title = `N = ${row.n}: ${second.stage} − ${first.stage} = ${points.write(row.difference)} points (${interval})`;
  return [
    Plot.rect([title], {
      x1: [x1],
      x2: [x2],
      y1: [0],
      y2: [1],
      fill: color,
      fillOpacity: decided ? 1 : 0.13,
      inset: 1,
      rx: 3,
      title: (text: string) => text,
    }),
    Plot.text([leader ? clipped(leader.stage, 12) : 'equal'], {
      ...middle,
      dy: -6,
      fontWeight: 600,
      fontSize: 11,
    }),
    Plot.text([points.write(Math.abs(row.difference))], { ...middle, dy: 7, fontSize: 10.5 }),
  ];
}

function switchMarks({ n_star, low, high, smallest_n, largest_n }: CrossoverRow) {
  if (n_star === null) return [];
  const label = { x: [n_star], frameAnchor: 'top', fill: 'currentColor' } as const;
  return [
    Plot.link([n_star], {
      x1: [low ?? smallest_n],
      x2: [high ?? largest_n],
      y1: [1.12],
      y2: [1.12],
      stroke: 'currentColor',
      strokeWidth: 2,
      strokeOpacity: 0.45,
    }),
    Plot.dot([n_star], { ...label, dy: -5, symbol: 'triangle', rotate: 180, r: 3.6 }),
    Plot.text([`N* ${examples.write(n_star)}`], { ...label, dy: -18, fontSize: 11, fontWeight: 600 }),
  ];
}

/** Half a step beyond the outer budgets on each side. */
function stripDomain(budgets: readonly number[]): [number, number] {
  const [first = 1, second = first * 4] = budgets;
  const [last = 1, before = last / 4] = budgets.toReversed();
  return [first / Math.sqrt(second / first), last * Math.sqrt(last / before)];
}

/** The border between two neighbouring budgets: their geometric mean; the strip's end beyond the outer ones. */
function edge(budgets: readonly number[], index: number, end: number): number {
  const [left, right] = [budgets[index - 1], budgets[index]];
  return left === undefined || right === undefined ? end : Math.sqrt(left * right);
}
