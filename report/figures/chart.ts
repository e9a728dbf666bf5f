import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { type Html, trustedMarkup } from '../html.js';

/** The drawing area of a panel in CSS pixels: it fits a phone at its own size and grows on wider screens. */
export const PANEL = { width: 352, height: 264 };

/** A flat panel of residuals below another one, with room for its title. */
export const RESIDUALS = { height: 112, marginTop: 22 };

/** The title of the y axis, above it: what is drawn, and its unit. */
export function titledY(label: string) {
  return { label, labelAnchor: 'top', labelArrow: 'none' } as const;
}

export type ChartOptions = Plot.PlotOptions & { label: string };

/** Draws a chart as inline SVG. Text and lines take their colours from the page, so that one drawing serves light and dark. */
export function chart({ label, ...options }: ChartOptions): Html {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const drawing = Plot.plot({
    ...PANEL,
    marginTop: 22,
    marginBottom: 34,
    marginLeft: 44,
    marginRight: 64,
    className: 'chart',
    ariaLabel: label,
    ...options,
    document,
  });
  drawing.setAttribute('role', 'img');
  drawing.querySelector('style')?.remove();
  // An image speaks by its own label; the library names its parts by their kinds. The style sheet looks for grids.
  for (const part of drawing.querySelectorAll('[aria-label]:not([aria-label*="grid"])')) {
    part.removeAttribute('aria-label');
    part.removeAttribute('aria-hidden');
  }
  return trustedMarkup(lightened(drawing.outerHTML));
}

/** Coordinates to a tenth of a pixel: a page of a hundred figures is half as long, and looks the same. */
function lightened(svg: string): string {
  return svg.replace(/ (?:d|x|y|x1|x2|y1|y2|cx|cy|r|width|height|transform|points)="[^"]*"/g, (attribute) =>
    attribute.replace(/\d+\.\d{2,}/g, (number) => String(Number(Number(number).toFixed(1)))),
  );
}

/** The scale of an axis of budgets, with a little room beyond the outer ones. */
export function budgetScale(budgets: readonly number[]): Plot.ScaleOptions {
  const [smallest, largest] = [Math.min(...budgets), Math.max(...budgets)];
  const room = smallest === largest ? 2 : (largest / smallest) ** 0.04;
  return { type: 'log', domain: [smallest / room, largest * room], axis: null };
}

/** A tick for every budget. The default axis of a logarithmic scale leaves out labels it holds to be too many. */
export function budgetAxis(budgets: readonly number[]): Plot.Markish[] {
  return logAxis(budgets, { label: 'training examples N', write: String });
}

export function logAxis(
  ticks: readonly number[],
  { label, write }: { label: string; write: (value: number) => string },
): Plot.Markish[] {
  return [
    Plot.axisX(ticks, {
      text: (value: number) => write(value),
      label,
      labelAnchor: 'center',
      labelArrow: 'none',
      tickSize: 4,
    }),
  ];
}

/** A few round values within a positive range: powers of ten, and multiples of them where these are fewer than three. */
export function logTicks(low: number, high: number): number[] {
  const decades = Array.from({ length: 61 }, (_, index) => 10 ** (index - 30));
  const within = (steps: readonly number[]) =>
    decades
      .flatMap((decade) => steps.map((step) => step * decade))
      .filter((value) => value >= low && value <= high);
  const enough = [[1], [1, 3], [1, 2, 5], [1, 1.5, 2, 3, 5, 7]]
    .map(within)
    .find((ticks) => ticks.length >= 3);
  return enough ?? within([1, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9]);
}

/** An outline in the colour of the page that keeps small text readable on lines and bands. */
export const HALO = { stroke: 'var(--surface)', strokeWidth: 3, strokeOpacity: 0.85 };

export type Label = { text: string; y: number; color: string; weight: number };

/**
 * Moves labels apart along y until neighbours are `gap` apart, keeping their order and, below `highest`, their common middle.
 */
export function spreadLabels<L extends Label>(
  labels: readonly L[],
  gap: number,
  highest = Number.POSITIVE_INFINITY,
): L[] {
  const bottom = (cluster: readonly L[]) => bottomOf(cluster, { gap, highest });
  const top = (cluster: readonly L[]) => bottom(cluster) + (cluster.length - 1) * gap;
  const sorted = labels.toSorted((one, other) => one.y - other.y);
  const clusters: L[][] = [];
  for (const label of sorted) {
    let cluster = [label];
    let before = clusters.at(-1);
    while (before !== undefined && bottom(cluster) - top(before) < gap) {
      cluster = [...before, ...cluster];
      clusters.pop();
      before = clusters.at(-1);
    }
    clusters.push(cluster);
  }
  return clusters.flatMap((cluster) =>
    cluster.map((label, index) => ({ ...label, y: bottom(cluster) + index * gap })),
  );
}

/** Room for names at the right of a panel: long ones get more, so that no usual name is cut. */
export function nameRoom(names: readonly string[]): { letters: number; marginRight: number } {
  const longest = Math.max(0, ...names.map((name) => name.length));
  return longest > 11 ? { letters: 17, marginRight: 136 } : { letters: 11, marginRight: 72 };
}

/** A name that fits beside a curve. */
export function clipped(name: string, length = 11): string {
  return name.length <= length ? name : `${name.slice(0, length - 1)}…`;
}

function bottomOf(cluster: readonly Label[], { gap, highest }: { gap: number; highest: number }): number {
  const middle = cluster.reduce((sum, { y }) => sum + y, 0) / cluster.length;
  const span = (cluster.length - 1) * gap;
  return Math.min(middle - span / 2, highest - span);
}
