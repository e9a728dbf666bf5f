import { createRequire } from 'node:module';
import { Ajv } from 'ajv';
import { parse, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import { expect, test } from 'vitest';
import { writeCsv } from '../../artifacts/csv.js';
import { figureFiles } from '../../report/figure-files.js';
import type { FigureFile } from '../../report/specs/figure-file.js';
import { continuumStudy } from './continuum-study.js';
import { syntheticStudy } from './synthetic-study.js';

const STUDY = syntheticStudy();
const FILES = figureFiles(STUDY);

test('a study has a file for each of its figures', () => {
  expect(FILES.map(({ name }) => name)).toEqual([
    'learning-curves',
    'differences',
    'crossovers',
    'selectivity',
    'continuum',
    'composition',
    'laws',
  ]);
});

const schema = createRequire(import.meta.url)('vega-lite/vega-lite-schema.json');
const isVegaLite = new Ajv({
  strict: false,
  formats: { 'color-hex': true, uri: true, 'uri-reference': true },
}).compile(schema);

test.each(FILES)('$name is Vega-Lite by the language’s own schema', ({ spec }) => {
  isVegaLite(spec);
  expect(isVegaLite.errors).toBeNull();
});

test.each(FILES)('$name draws a mark from its data and says nothing is wrong', async (file) => {
  const { svg, warnings } = await drawn(file);
  expect(warnings).toEqual([]);
  expect(svg).toMatch(/class="mark-(?:symbol|line|rule|area)/);
  expect(svg).not.toContain('NaN');
});

test('reads an empty cell as nothing and false as false', () => {
  const [format] = FILES.flatMap(({ name, spec }) =>
    name === 'selectivity' ? [Object(spec.data).format] : [],
  );
  expect(format.parse).toMatchObject({ kl: 'number', on_frontier: 'boolean' });
});

test('every stage of seventeen has its own colour in the specification, as on the page', () => {
  const study = continuumStudy({ items: 40, seeds: 2, budgets: [4, 16], seed: 4 });
  const [curves] = figureFiles(study);
  const text = JSON.stringify(curves?.spec);
  for (const { stage } of study.fit.leads) expect(text).toContain(`"${stage}"`);
});

test('the frontier of a kind has no point that another of its kind beats', () => {
  const rows = FILES.find(({ name }) => name === 'selectivity')?.rows ?? [];
  const points = rows.map((row) => ({ ...row })) as unknown as {
    task: string;
    kind: string;
    kl: number;
    gain: number;
    on_frontier: boolean;
  }[];
  const front = points.filter((row) => row.on_frontier);
  expect(front.length).toBeGreaterThan(3);
  for (const one of front)
    for (const other of points.filter(({ task, kind }) => task === one.task && kind === one.kind))
      expect(other.kl < one.kl && other.gain > one.gain).toBe(false);
});

/** The figure as SVG, drawn by Vega from the bytes of its file, with what Vega-Lite and Vega warn of. */
async function drawn({ spec, rows, schema: row, name }: FigureFile) {
  const warnings: string[] = [];
  const warn = (...words: unknown[]) => warnings.push(words.join(' '));
  const data = { ...Object(spec.data), url: undefined, values: csvText(rows, row, name) };
  const inline = { ...spec, data };
  const { spec: vega } = compile(inline as unknown as TopLevelSpec, { logger: quiet(warn) });
  const view = new View(parse(vega), { renderer: 'none', logger: quiet(warn) });
  const svg = await view.toSVG();
  view.finalize();
  return { svg, warnings };
}

function csvText(rows: FigureFile['rows'], schema: FigureFile['schema'], name: string): string {
  return Buffer.from(writeCsv(rows, schema, name)).toString('utf8');
}

function quiet(warn: (...words: unknown[]) => void) {
  const logger = {
    level: () => logger,
    warn: (...words: unknown[]) => {
      warn(...words);
      return logger;
    },
    error: (...words: unknown[]) => {
      warn(...words);
      return logger;
    },
    info: () => logger,
    debug: () => logger,
  };
  return logger;
}
