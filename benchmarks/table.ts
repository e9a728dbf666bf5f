import { type Bound, type Check, holds, type Row } from './benchmark.js';
import type { Spread } from './spread.js';

export interface Results {
  machine: Record<string, string>;
  rows: Record<string, Row>;
}

/** The table as `docs/benchmarks.md`. */
export function markdown({ machine, rows }: Results): string {
  const lines = Object.values(rows).map(
    (row) =>
      `| ${[
        row.work,
        row.against,
        target(row.target, row.unit),
        `**${number(row.value)} ${row.unit}** ${mark(holds(row.value, row.target))}`,
        spread(row.ours),
        row.theirs === undefined ? '' : spread(row.theirs),
        row.runs,
        row.checks.map(check).join('<br>'),
      ].join(' | ')} |`,
  );
  return [
    '# Benchmarks',
    '',
    'What crossover does, against what a researcher would run instead: the same items, the same float32 weights, as many threads. Both sides take turns in one run, and a ratio is one of medians; seconds of one machine mean nothing on another. `npm run bench -- --data FOLDER` makes this page and `benchmarks.json`; the peers are in `benchmarks/peers/`.',
    '',
    Object.entries(machine)
      .map(([name, value]) => `${name} ${value}`)
      .join(' · '),
    '',
    '| work | against | target | found | ours: median (range) | theirs | runs | besides |',
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
    ...lines,
    '',
    ...missed(rows),
  ].join('\n');
}

function missed(rows: Results['rows']): string[] {
  const below = Object.values(rows).filter(
    ({ value, target: bound, checks }) =>
      !holds(value, bound) || checks.some((own) => !holds(own.value, own.target)),
  );
  if (below.length === 0) return [];
  const lines = below.map(({ work, limit }) => `- **${work}**: ${limit ?? 'not explained yet.'}`);
  return ['## What did not reach its target, and why', '', ...lines, ''];
}

/** The same for a terminal. */
export function terminal({ rows }: Results): string {
  return Object.values(rows)
    .map(({ name, value, unit, target: bound, checks }) => {
      const found = `${mark(holds(value, bound))} ${name.padEnd(28)} ${number(value)} ${unit}`;
      return [`${found}  (${target(bound, unit)})`, ...checks.map((own) => `    ${check(own)}`)].join('\n');
    })
    .join('\n');
}

function check({ what, value, target: bound }: Check): string {
  return `${mark(holds(value, bound))} ${what}: ${number(value)} (${target(bound, '')})`;
}

function target(bound: Bound, unit: string): string {
  const [sign, value] = 'atLeast' in bound ? ['≥', bound.atLeast] : ['≤', bound.atMost];
  return `${sign} ${value} ${unit}`.trim();
}

function spread({ median, min, max }: Spread): string {
  return `${number(median)} (${number(min)}–${number(max)})`;
}

function number(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toPrecision(3);
}

function mark(good: boolean): string {
  return good ? '✓' : '✗';
}
