import * as Plot from '@observablehq/plot';
import type { EvidenceRow } from '../../schemas/claims.js';
import type { Html } from '../html.js';
import { examples } from '../number-format.js';
import { chart, logAxis, logTicks, titledY } from './chart.js';

export type SwitchByComplexity = {
  axis: string;
  label: string;
  /** Crossovers of cells; those of one group differ on this axis alone and are joined by a line. */
  strata: readonly (readonly EvidenceRow[])[];
};

/** N* against one axis of complexity, with intervals; open circles stand at the end of the range beyond which N* lies. */
export function switchByComplexity({ axis, label, strata }: SwitchByComplexity): Html {
  const rows = strata.flat();
  const [smallest, largest] = [
    Math.min(...rows.map((row) => row.smallest_n)),
    Math.max(...rows.map((row) => row.largest_n)),
  ];
  const points = rows.flatMap((row) => {
    const level = row.levels[axis];
    return level === undefined
      ? []
      : [
          {
            level,
            n: row.value,
            low: row.low ?? smallest,
            high: row.high ?? largest,
            row,
            stratum: strata.findIndex((of) => of.includes(row)),
          },
        ];
  });
  points.sort((one, other) => one.level - other.level);
  const found = points.flatMap((point) => (point.n === null ? [] : [{ ...point, n: point.n }]));
  const levels = [...new Set(points.map(({ level }) => level))].sort((one, other) => one - other);
  const decades = logTicks(smallest, largest);
  const room = 1.25;
  const title = ({ level, row }: (typeof points)[number]) =>
    `${label} ${level}: N* ${row.value === null ? 'not in range' : examples.write(row.value)}`;
  return chart({
    label: `crossover against ${label}: ${points.map(({ level, row }) => `${Number(level.toPrecision(3))}, N* ${row.value === null ? 'not in range' : examples.write(row.value)}`).join('; ')}`,
    marginRight: 16,
    x: { type: 'log', domain: [Math.min(...levels) / room, Math.max(...levels) * room], axis: null },
    y: { type: 'log', domain: [smallest, largest], axis: null },
    marks: [
      Plot.axisY(decades, { tickFormat: '~s', tickSize: 0, ...titledY('N*, training examples') }),
      Plot.gridY(decades),
      ...logAxis(levels, { label: axis, write: (value) => String(Number(value.toPrecision(3))) }),
      Plot.ruleX(points, { x: 'level', y1: 'low', y2: 'high', stroke: 'currentColor', strokeOpacity: 0.45 }),
      Plot.line(found, { x: 'level', y: 'n', z: 'stratum', stroke: 'currentColor', strokeOpacity: 0.4 }),
      Plot.dot(found, {
        x: 'level',
        y: 'n',
        r: 4,
        stroke: 'currentColor',
        fill: (point: (typeof found)[number]) =>
          point.row.finding === 'for' ? 'currentColor' : 'var(--surface)',
        title,
      }),
    ],
  });
}
