import { parseHTML } from 'linkedom';
import { expect, test } from 'vitest';
import { chart, logTicks, PANEL, spreadLabels } from '../../report/figures/chart.js';
import { endLabels } from '../../report/figures/end-labels.js';
import { markupOf } from '../../report/html.js';

const at = (...values: number[]) =>
  values.map((y, index) => ({ text: String(index), y, color: 'red', weight: 400 }));

test('labels that are apart stay where they are', () => {
  expect(spreadLabels(at(0, 5, 9), 2).map(({ y }) => y)).toEqual([0, 5, 9]);
});

test('labels that overlap move apart around their middle and keep their order', () => {
  const spread = spreadLabels(at(1, 1.2, 1.1, 8), 1);
  expect(spread.map(({ text }) => text)).toEqual(['0', '2', '1', '3']);
  expect(spread.map(({ y }) => Number(y.toFixed(6)))).toEqual([0.1, 1.1, 2.1, 8]);
});

test('clusters that come to overlap are moved together', () => {
  const spread = spreadLabels(at(0, 0, 1.2), 1).map(({ y }) => y);
  for (const [index, y] of spread.slice(1).entries())
    expect(y - (spread[index] ?? Number.NaN)).toBeGreaterThanOrEqual(1 - 1e-9);
});

test('a cluster at the top goes down instead of out of the figure', () => {
  expect(spreadLabels(at(9, 9, 9), 1, 9.5).map(({ y }) => y)).toEqual([7.5, 8.5, 9.5]);
});

test('logarithmic ticks are few and round, whatever the range', () => {
  expect(logTicks(0.5, 2000)).toEqual([1, 10, 100, 1000]);
  expect(logTicks(0.002, 0.2)).toEqual([0.003, 0.01, 0.03, 0.1].map((tick) => expect.closeTo(tick, 12)));
  expect(logTicks(4e12, 15e12).length).toBeGreaterThanOrEqual(3);
});

test('a name that moved away from its line has a leader that begins at the height of that line', () => {
  const axis = { domain: [0, 1], axis: null };
  const heights = [0.26, 0.33];
  const labels = heights.map((y) => ({ text: `line ${y}`, y, color: 'red', weight: 400 }));
  const drawing = chart({
    label: 'lines',
    x: axis,
    y: axis,
    marginBottom: 0,
    marginTop: 0,
    marks: endLabels(labels, { x: 1, gap: 0.3 }),
  });
  const leaders = [...parseHTML(markupOf(drawing)).document.querySelectorAll('path.leader')];
  const starts = leaders.map((path) => Number(/^M[\d.]+,([\d.]+)/.exec(path.getAttribute('d') ?? '')?.[1]));
  expect(starts).toEqual(heights.map((y) => expect.closeTo((1 - y) * PANEL.height, 0)));
});
