import * as Plot from '@observablehq/plot';
import { type Label, spreadLabels } from './chart.js';

/** Pixels between the end of a curve and its name; a leader bridges them. */
export const LEADER = { from: 4, to: 15 };
const NAME_AT = 18;

export type EndLabels = {
  /** The abscissa at which the curves end. */
  x: number;
  /** Least distance of two names, in the unit of y. */
  gap: number;
  highest?: number;
  /** Where on the axis a y of the labels lies, if that is another unit. */
  place?: (y: number) => number;
};

/** Names at the ends of curves, moved apart where they would meet, each with a line to the end that it names. */
export function endLabels(
  labels: readonly Label[],
  { x, gap, highest, place = (y) => y }: EndLabels,
): Plot.Markish[] {
  const named = labels.map((label) => ({ ...label, end: label.y }));
  return spreadLabels(named, gap, highest).flatMap(({ text, y, end, color, weight }) => [
    leader(x, { from: place(end), to: place(y), color }),
    Plot.text([text], {
      x: [x],
      y: [place(y)],
      dx: NAME_AT,
      textAnchor: 'start',
      fill: color,
      fontWeight: weight,
      fontSize: weight > 400 ? 11 : 9.5,
    }),
  ]);
}

function leader(x: number, { from, to, color }: { from: number; to: number; color: string }): Plot.Markish {
  return (_index, { x: across, y: up }, _values, _dimensions, { document }) => {
    const line = document.createElementNS('http://www.w3.org/2000/svg', 'path');
    const at = across?.(x) ?? Number.NaN;
    line.setAttribute('class', 'leader');
    line.setAttribute('d', `M${at + LEADER.from},${up?.(from)}L${at + LEADER.to},${up?.(to)}`);
    line.setAttribute('stroke', color);
    line.setAttribute('stroke-opacity', '0.6');
    line.setAttribute('fill', 'none');
    return line;
  };
}
