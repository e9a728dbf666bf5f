import { groupBy } from '../evaluation/statistics/group-by.js';
import type { CompositionRow } from '../evaluation/statistics/rows.js';
import type { CurveRow } from '../schemas/tables.js';
import { ADVICE_WORDS } from './advice.js';
import { type Answer, answers as answersOf } from './answer.js';
import { confidenceOf } from './answer-phrases.js';
import { cautionsSentence } from './caution.js';
import { endDifference, tally } from './hypothesis.js';
import { leadSentence } from './lead.js';
import { limitPhrases, limitRows } from './limits.js';
import { type MarkdownColumn, markdownTable } from './markdown.js';
import { coefficient, count, percent, points, wholePercent } from './number-format.js';
import { phraseText } from './phrase.js';
import { ownFirst, ownOnly } from './places.js';
import { edgeRows } from './search-edges.js';
import type { Study } from './study.js';
import { answeredSwitch, comparedSwitch, switchText } from './switch-words.js';
import { endAdvice, TYPE_NAMES } from './type-answers.js';

/** The study as an appendix of a paper, in Markdown: the answers, then every estimate behind them with seeds, items and interval. */
export function renderAppendix(study: Study): string {
  const answers = answersOf(study);
  const sections = [
    `# ${study.pipeline.value.title ?? study.pipeline.value.name}`,
    design(study),
    `## Answer\n\n${phraseText(leadSentence(study, answers))}`,
    answers.length > 0 ? answerTable(answers) : undefined,
    cautionsSentence(answers, study.models.length),
    answers.length > 0 ? hypothesis(answers, study) : undefined,
    curves(study),
    crossovers(study),
    compositions(study),
    learningLaws(study),
    scalingLaws(study),
    limits(study),
    provenance(study),
  ];
  return `${sections
    .filter((section) => section !== undefined)
    .map(plain)
    .join('\n\n')}\n`;
}

function design(study: Study): string {
  const cells = ownOnly(study.cells);
  const budgets = [...new Set(cells.map(({ n }) => n))]
    .filter((n) => n > 0)
    .sort((one, other) => one - other);
  const failed = cells.filter(({ status }) => status === 'failed').length;
  return [
    `Models: ${study.models.map(({ name }) => name).join(', ')}.`,
    `Training examples N: ${budgets.join(', ')}. Seeds: ${study.provenance.seeds.join(', ')}.`,
    `Cells: ${cells.length}, of which ${failed} failed.`,
    `Intervals: ${phraseText(confidenceOf(study))}, ${study.settings.resamples} bootstrap resamples over seeds and items, paired across methods.`,
  ].join(' ');
}

function answerTable(answers: readonly Answer[]): string {
  return markdownTable(answers, [
    { title: 'type', cell: ({ type }) => TYPE_NAMES[type] },
    { title: 'task', cell: ({ task }) => task },
    { title: 'model', cell: ({ model }) => model },
    { title: 'with fewest examples', cell: (row) => ADVICE_WORDS[endAdvice(row, 'smallest')] },
    { title: 'with most', cell: (row) => ADVICE_WORDS[endAdvice(row, 'largest')] },
    {
      title: 'N* (interval)',
      cell: (row) => switchText(answeredSwitch(row)),
    },
    { title: 'H1', cell: (row) => row.hypothesis },
  ]);
}

function hypothesis(answers: readonly Answer[], study: Study): string {
  const rows = markdownTable(answers, [
    { title: 'task', cell: ({ task }) => task },
    { title: 'model', cell: ({ model }) => model },
    { title: 'fine-tuning − steering', cell: ({ finetune, steer }) => `${finetune} − ${steer}` },
    {
      title: 'points at the smallest N',
      cell: (row) => phraseText(endDifference(row, 'smallest', study.settings)),
      numeric: true,
    },
    {
      title: 'points at the largest N',
      cell: (row) => phraseText(endDifference(row, 'largest', study.settings)),
      numeric: true,
    },
    { title: 'seeds', cell: ({ comparison }) => String(comparison?.seeds ?? '–'), numeric: true },
    { title: 'items', cell: ({ comparison }) => String(comparison?.items ?? '–'), numeric: true },
    { title: 'H1', cell: (row) => row.hypothesis },
  ]);
  const rule =
    'A difference is decided where its interval excludes zero and its p-value passes Holm’s correction; that p is given where it alone fails. The verdict on a crossover asks the intervals alone.';
  return `## H1: steering with few examples, fine-tuning with many\n\n${tally(answers)} ${rule}\n\n${rows}`;
}

function curves({ fit }: Study): string {
  const rows = ownFirst(fit.curves.filter(({ measure }) => measure === 'score'));
  const tables = [...groupBy(rows, ({ task, model }) => `${task} · ${model}`)].map(
    ([name, ofPlace]) => `### ${name}\n\n${curveTable(ofPlace)}`,
  );
  return ['## Scores', ...tables].join('\n\n');
}

function curveTable(rows: readonly CurveRow[]): string {
  const budgets = [...new Set(rows.map(({ n }) => n))].sort((one, other) => one - other);
  const stages = [...groupBy(rows, ({ stage }) => stage).values()].filter((of) => of.some(({ n }) => n > 0));
  const treated = (of: readonly CurveRow[]) => of.filter(({ n }) => n > 0);
  const columns: MarkdownColumn<CurveRow[]>[] = [
    { title: 'method', cell: ([row]) => row?.stage ?? '' },
    ...budgets.map((n) => ({
      title: n === 0 ? 'untreated' : `N = ${n}`,
      numeric: true,
      cell: (stage: CurveRow[]) => pointText(stage.find((row) => row.n === n)),
    })),
    { title: 'seeds', cell: (stage) => spread(treated(stage).map(({ seeds }) => seeds)), numeric: true },
    { title: 'items', cell: (stage) => spread(treated(stage).map(({ items }) => items)), numeric: true },
  ];
  return markdownTable(stages, columns);
}

function pointText(row: CurveRow | undefined): string {
  if (row === undefined) return '–';
  return `${percent.write(row.value)} (${percent.write(row.low)} to ${percent.write(row.high)})`;
}

/** `3`, or `2 to 3` where cells failed. */
function spread(values: readonly number[]): string {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return low === high ? count.write(low) : `${count.write(low)} to ${count.write(high)}`;
}

function crossovers({ fit }: Study): string | undefined {
  const rows = ownFirst(fit.crossovers.filter(({ measure }) => measure === 'score'));
  if (rows.length === 0) return undefined;
  const body = markdownTable(rows, [
    { title: 'task', cell: ({ task }) => task },
    { title: 'model', cell: ({ model }) => model },
    { title: 'first → second', cell: ({ first, second }) => `${first} → ${second}` },
    { title: 'verdict', cell: ({ verdict }) => verdict },
    { title: 'N* (interval)', cell: (row) => switchText(comparedSwitch(row)) },
    { title: 'cross in range', cell: (row) => wholePercent.write(row.probability_in_range), numeric: true },
    { title: 'seeds', cell: ({ seeds }) => String(seeds), numeric: true },
    { title: 'items', cell: ({ items }) => String(items), numeric: true },
  ]);
  return `## Crossovers, by score\n\n${body}`;
}

function compositions({ fit }: Study): string | undefined {
  const rows = ownFirst(fit.compositions).filter(({ measure, n }) => measure === 'score' && n === null);
  if (rows.length === 0) return undefined;
  const body = markdownTable<CompositionRow>(rows, [
    { title: 'task', cell: ({ task }) => task },
    { title: 'model', cell: ({ model }) => model },
    { title: 'combination', cell: ({ stage }) => stage },
    { title: 'against', cell: ({ against, rivals }) => `${against}: ${rivals.join(', ')}` },
    {
      title: 'points (mean over log N)',
      cell: ({ difference, low, high }) =>
        `${points.write(difference)} (${points.write(low)} to ${points.write(high)})`,
      numeric: true,
    },
    { title: 'verdict', cell: ({ verdict }) => verdict },
    { title: 'seeds', cell: ({ seeds }) => String(seeds), numeric: true },
    { title: 'items', cell: ({ items }) => String(items), numeric: true },
  ]);
  return `## Doing both\n\n${body}`;
}

function learningLaws({ fit }: Study): string | undefined {
  const rows = fit.laws.laws.filter((row) => row.chosen && row.status === 'fitted');
  if (rows.length === 0) return undefined;
  const body = markdownTable(rows, [
    { title: 'task', cell: ({ task }) => task },
    { title: 'model', cell: ({ model }) => model },
    { title: 'method', cell: ({ stage }) => stage },
    { title: 'law', cell: ({ law }) => law },
    {
      title: 'exponent β',
      cell: (row) => estimate(row.exponent, row.exponent_low, row.exponent_high),
      numeric: true,
    },
    {
      title: 'floor, nats',
      cell: (row) => estimate(row.floor, row.floor_low, row.floor_high),
      numeric: true,
    },
    { title: 'RMSD of log loss', cell: ({ rmsd }) => estimate(rmsd, null, null), numeric: true },
    {
      title: 'error at the held-out N',
      cell: ({ held_out_error }) => estimate(held_out_error, null, null),
      numeric: true,
    },
    { title: 'seeds', cell: ({ seeds }) => String(seeds), numeric: true },
    { title: 'items', cell: ({ items }) => String(items), numeric: true },
  ]);
  return `## Laws in the number of examples\n\n${body}`;
}

function scalingLaws({ fit }: Study): string | undefined {
  const rows = fit.laws.scaling.filter((row) => row.chosen && row.status === 'fitted');
  if (rows.length === 0) return undefined;
  const body = markdownTable(rows, [
    { title: 'task', cell: ({ task }) => task },
    { title: 'method', cell: ({ stage }) => stage },
    { title: 'capability', cell: ({ capability }) => capability },
    { title: 'form', cell: ({ form, sharing }) => `${form}, ${sharing}` },
    { title: 'α', cell: (row) => estimate(row.alpha, row.alpha_low, row.alpha_high), numeric: true },
    { title: 'β', cell: (row) => estimate(row.beta, row.beta_low, row.beta_high), numeric: true },
    { title: 'RMSD', cell: ({ rmsd }) => estimate(rmsd, null, null), numeric: true },
    {
      title: 'error at the held-out model',
      cell: ({ held_out_error, held_out_model }) =>
        `${estimate(held_out_error, null, null)} ${held_out_model ?? ''}`,
      numeric: true,
    },
    { title: 'models', cell: ({ models }) => String(models), numeric: true },
    { title: 'points', cell: (row) => String(row.points), numeric: true },
  ]);
  return `## Laws in the model’s capability\n\n${body}`;
}

function estimate(value: number | null, low: number | null, high: number | null): string {
  if (value === null) return '–';
  const { write } = coefficient;
  return low === null || high === null ? write(value) : `${write(value)} (${write(low)} to ${write(high)})`;
}

function limits(study: Study): string {
  const phrases = limitPhrases(study, { limits: limitRows(study), edges: edgeRows(study) });
  return `## What is too small to conclude\n\n${phrases.map((limit) => `- ${phraseText(limit)}`).join('\n')}`;
}

function provenance({ run, models, provenance: from, estimated, drawn }: Study): string {
  const facts = { ...from.versions, ...from.host, ...from.numerics };
  const lines = [
    `- run ${run}, ${from.started} to ${from.finished}`,
    ...models.map(({ name, digest, licence }) => `- ${name} (${licence}): \`${digest}\``),
    ...Object.entries(facts).map(([name, value]) => `- ${name}: ${value}`),
    ...(drawn === undefined
      ? []
      : [
          `- drawn anew from the published tables by crossover ${drawn.version}, sources \`${drawn.code}\`; ${
            estimated === undefined
              ? 'no estimate was made anew'
              : `estimates made anew from the published results by crossover ${estimated.version}, sources \`${estimated.code}\``
          }`,
        ]),
  ];
  return `## Provenance\n\n${lines.join('\n')}`;
}

// A name from a file must not break a line of its own or colour a terminal.
function plain(text: string): string {
  return text.replace(/[^\P{Cc}\n]/gu, '\uFFFD');
}
