import { createHash } from 'node:crypto';
import { parseHTML } from 'linkedom';
import { describe, expect, test } from 'vitest';
import { NO_LAWS } from '../../evaluation/statistics/laws/law-tables.js';
import { answers } from '../../report/answer.js';
import { figureFiles } from '../../report/figure-files.js';
import { NUMBER_FORMATS } from '../../report/number-format.js';
import { renderReport } from '../../report/page.js';
import type { Study } from '../../report/study.js';
import { shownRows } from './shown-rows.js';
import { syntheticStudy } from './synthetic-study.js';

const STUDY = syntheticStudy();
const PAGE = renderReport(STUDY);
const ANSWERS = answers(STUDY);
const { document } = parseHTML(PAGE);
const isCurrency = ({ task }: { task: string }) => task === 'currencies';

describe('the page', () => {
  test('is the same, byte for byte, for the same study', () => {
    expect(renderReport(STUDY)).toBe(PAGE);
    expect(renderReport(structuredClone(STUDY))).toBe(PAGE);
  });

  test('starts with the answer: a sentence that names every task', () => {
    const main = document.querySelector('main');
    const lead = main?.firstElementChild?.firstElementChild;
    expect(lead?.className).toBe('lead');
    for (const { card } of STUDY.tasks) expect(lead?.textContent).toContain(card.name);
    expect(lead?.textContent).toContain('undecided');
  });

  test('shows each number as its row has it, in the format it names', () => {
    const data = shownRows(document);
    const formats = new Map(NUMBER_FORMATS.map((format) => [format.name, format]));
    const numbers = [...document.querySelectorAll('data')];
    expect(numbers.length).toBeGreaterThan(1000);
    for (const number of numbers) {
      const [table = '', index = '', column = ''] = (number.getAttribute('data-from') ?? '').split('/');
      const value = data[table]?.[Number(index)]?.[column];
      const format = formats.get(number.getAttribute('data-format') ?? '');
      expect(number.getAttribute('value')).toBe(String(value));
      expect(number.textContent).toBe(format?.write(Number(value)));
    }
  });

  test('holds the rows whose numbers it shows, whole and as the study has them, and no others', () => {
    const data = shownRows(document);
    const shown = new Set(
      [...document.querySelectorAll('data')].map((number) =>
        (number.getAttribute('data-from') ?? '').split('/').slice(0, 2).join('/'),
      ),
    );
    const held = Object.entries(data).flatMap(([table, rows]) => rows.map((_, index) => `${table}/${index}`));
    expect(new Set(held)).toEqual(shown);
    for (const row of data.crossovers ?? []) expect(STUDY.fit.crossovers).toContainEqual(row);
    for (const row of data.differences ?? []) expect(STUDY.fit.differences).toContainEqual(row);
  });

  test('links to nothing but its own sections and the files beside it', () => {
    const links = [...document.querySelectorAll('a')].map((link) => link.getAttribute('href') ?? '');
    const files = figureFiles(STUDY).flatMap(({ name }) => [
      `figures/${name}.csv`,
      `figures/${name}.vl.json`,
    ]);
    for (const link of links)
      expect(link.startsWith('#') ? document.querySelector(link) : files.includes(link)).toBeTruthy();
    for (const file of files) expect(links).toContain(file);
  });

  test('shades the edge of what goes on sideways', () => {
    const style = document.querySelector('style')?.textContent ?? '';
    expect(style).toMatch(/\.scroll{[^}]*overflow-x:auto;[^}]*var\(--shade\)[^}]*scroll/);
    for (const shown of document.querySelectorAll('table.sortable, table.answers, table.forest'))
      expect(shown.parentElement?.className).toMatch(/^scroll/);
    for (const figure of document.querySelectorAll('#continuum svg[role="img"]'))
      expect(figure.parentElement?.className).toMatch(/^scroll/);
  });

  test('needs no network: no address is loaded and the policy allows none', () => {
    const policy =
      document.querySelector('meta[http-equiv="Content-Security-Policy"]')?.getAttribute('content') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(PAGE).not.toMatch(/\b(?:src|action|srcset)\s*=|href="[a-z]+:|href="\/\//);
    expect(PAGE).not.toMatch(/url\(|@import/);
  });

  test('allows exactly its own script', () => {
    const script = [...document.querySelectorAll('script')].at(-1)?.textContent ?? '';
    const hash = createHash('sha256').update(script).digest('base64');
    expect(PAGE).toContain(`script-src &#39;sha256-${hash}&#39;`);
  });

  test('draws for each task two fronts, three panels, a trade-off and a law with its residuals, each with a name for readers of the screen', () => {
    const figures = [...document.querySelectorAll('svg[role="img"]')];
    expect(figures.length).toBe(STUDY.tasks.length * 8);
    for (const figure of figures) expect(figure.getAttribute('aria-label')).toBeTruthy();
    expect(PAGE).not.toContain('NaN,');
  });

  test('tells readers of the screen what is to be seen, as the rows have it', () => {
    const label = document.querySelector('#curves svg')?.getAttribute('aria-label') ?? '';
    const ends = STUDY.fit.curves.filter(
      (row) => isCurrency(row) && row.stage === 'lora' && row.measure === 'score' && row.n > 0,
    );
    const percentOf = (row = ends[0]) => `${(100 * (row?.value ?? 0)).toFixed(1)}\u202F%`;
    expect(label).toContain(`lora ${percentOf(ends[0])} at N = 1, ${percentOf(ends.at(-1))} at N = 64`);
  });

  test('has a caption for every table', () => {
    const tables = [...document.querySelectorAll('table')];
    expect(tables.length).toBeGreaterThan(10);
    for (const shown of tables) expect(shown.querySelector('caption')?.textContent).toBeTruthy();
  });

  test('names what the y axis shows, and its unit, where no heading does', () => {
    const texts = (section: string) =>
      [...document.querySelectorAll(`${section} svg text`)].map(({ textContent }) => textContent);
    expect(texts('#laws')).toEqual(expect.arrayContaining(['loss, nats', 'log observed − log fitted']));
    expect(texts('#selectivity')).toContain('gain, points of score');
  });

  test('labels every number of examples on the axis, and below the tiles of an answer', () => {
    const panel = document.querySelector('#curves svg');
    const texts = [...(panel?.querySelectorAll('text') ?? [])].map(({ textContent }) => textContent);
    expect(texts).toEqual(expect.arrayContaining(['1', '4', '16', '64']));
    const heads = [...(document.querySelector('.answer')?.querySelectorAll('.tile-head') ?? [])];
    expect(heads.map(({ textContent }) => textContent)).toEqual(['1', '4', '16', '64']);
  });

  test('tells of every comparison what to do at every number of examples, in letters too', () => {
    const rows = [...document.querySelectorAll('.answers tbody tr:not(.type)')];
    expect(rows.length).toBe(STUDY.tasks.length);
    const letters = rows.map((row) => [...row.querySelectorAll('.tile')].map((tile) => tile.textContent));
    const words = { steer: 'S', finetune: 'F', either: 'SF', neither: '–', undecided: '?' };
    expect(letters).toEqual(ANSWERS.map(({ advice }) => advice.map((at) => words[at.advice])));
    expect(letters.flat()).toContain('F');
  });

  test('says what the tiles mean, of a single comparison, too', () => {
    const alone = { ...STUDY, tasks: STUDY.tasks.slice(0, 1), cells: STUDY.cells.filter(isCurrency) };
    for (const study of [STUDY, alone]) {
      const key = parseHTML(renderReport(study)).document.querySelector('#answer .key')?.textContent;
      expect(key).toContain('F fine-tuning is better, and helps');
    }
  });

  test('draws a line of the forest for every comparison, with N* in words', () => {
    const lines = [...document.querySelectorAll('.forest tbody tr:not(.type)')];
    expect(lines.length).toBe(STUDY.tasks.length);
    for (const [index, { comparison }] of ANSWERS.entries()) {
      const point = lines[index]?.querySelector('b')?.className;
      const seen = comparison?.n_star === null ? undefined : 'open';
      expect(point).toBe(comparison?.verdict === 'crossover' ? 'decided' : seen);
      if (point === 'decided') expect(lines[index]?.textContent).toMatch(/[\d.]+ \(.+ to .+\)/);
    }
  });

  test('says what each pair of methods changes elsewhere where both gain as much, and which of them less', () => {
    const heads = [...document.querySelectorAll('#selectivity h3')].map(({ textContent }) => textContent);
    expect(heads).toEqual(['At the same gain']);
    const table = document.querySelector('#selectivity h3 + .scroll');
    const rows = STUDY.fit.matched.filter(({ measure, share }) => measure === 'score' && share === 0.5);
    const last = [...(table?.querySelectorAll('tbody tr td:last-child') ?? [])];
    expect(last.length).toBe(rows.length);
    for (const [index, { first, second, verdict }] of rows.entries()) {
      const less = { 'first-changes-less': first, 'second-changes-less': second, undecided: 'undecided' };
      expect(last[index]?.textContent).toMatch(new RegExp(`^${less[verdict]}`));
    }
    expect(new Set(rows.map(({ verdict }) => verdict)).size).toBeGreaterThan(1);
  });

  test('lists every failed cell with its reason, and every artifact with its hash', () => {
    expect(document.querySelector('#failures')?.textContent).toContain('loss is NaN at step 7 of 20');
    for (const { sha256 } of STUDY.artifacts) expect(PAGE).toContain(sha256);
  });

  test('warns of few seeds and few items', () => {
    const limits = document.querySelector('#limits')?.textContent ?? '';
    expect(limits).toMatch(/4 seeds in the smallest comparison/);
    expect(limits).toMatch(/100 test items in the smallest comparison/);
  });
});

describe('text from data and models', () => {
  const ATTACK = `"><script>alert(1)</script><img src=x onerror=alert(2)>' \${alert(3)} </title></style>`;
  const hostile: Study = {
    ...STUDY,
    run: ATTACK,
    pipeline: { yaml: ATTACK, value: { ...STUDY.pipeline.value, title: ATTACK, description: ATTACK } },
    models: [{ name: ATTACK, digest: ATTACK, licence: ATTACK }],
    tasks: STUDY.tasks.map((task) => ({
      ...task,
      card: { ...task.card, name: `${task.card.name}${ATTACK}`, description: ATTACK, licence: ATTACK },
      shortcuts: [{ shortcut: ATTACK, score: 0.2, items: 1 }],
    })),
    cells: STUDY.cells.map((cell) => ({
      ...cell,
      model: ATTACK,
      task: `${cell.task}${ATTACK}`,
      reason: cell.reason && ATTACK,
    })),
    fit: relabelled(STUDY.fit, ATTACK),
    trials: STUDY.trials.map((cell) => ({
      ...cell,
      trials: cell.trials.map((trial) => ({ ...trial, setting: { [ATTACK]: ATTACK } })),
    })),
    examples: STUDY.examples.map((example) => ({
      ...example,
      prompt: ATTACK,
      options: example.options.map(() => ATTACK),
    })),
    artifacts: [{ name: ATTACK, sha256: ATTACK, bytes: 1 }],
    provenance: { ...STUDY.provenance, versions: { [ATTACK]: ATTACK } },
    warnings: [ATTACK],
  };

  test('becomes text, never markup', () => {
    const page = parseHTML(renderReport(hostile)).document;
    expect(page.querySelectorAll('script').length).toBe(2);
    expect(page.querySelectorAll('img').length).toBe(0);
    expect(page.querySelectorAll('[onerror]').length).toBe(0);
    expect(page.querySelector('h1')?.textContent).toBe(ATTACK);
    expect(page.querySelector('.example pre')?.textContent).toBe(ATTACK);
    expect(page.querySelector('#provenance td')?.textContent).toBe(ATTACK);
  });

  test('is drawn in figures as text, too', () => {
    const labels = [...parseHTML(renderReport(hostile)).document.querySelectorAll('svg[role="img"]')].map(
      (figure) => figure.getAttribute('aria-label'),
    );
    expect(labels.length).toBeGreaterThan(0);
    expect(labels.every((label) => label?.includes('<script>') || label?.startsWith('paired'))).toBe(true);
  });
});

describe('an unusual study', () => {
  test('without any successful treated cell still has a page that says so', () => {
    const nothing: Study = {
      ...STUDY,
      cells: STUDY.cells.map((cell) =>
        cell.n > 0 ? { ...cell, status: 'failed', reason: 'out of memory', score: null } : cell,
      ),
      fit: {
        curves: STUDY.fit.curves.filter(({ n }) => n === 0),
        crossovers: [],
        differences: [],
        compositions: [],
        efficiencies: [],
        fronts: [],
        matched: [],
        leads: STUDY.fit.leads,
        laws: NO_LAWS,
      },
      trials: [],
      examples: [],
    };
    const page = renderReport(nothing);
    expect(page).toContain('could not be compared');
    expect(page).toContain('out of memory');
  });

  test('with one budget is drawn without curves', () => {
    const page = renderReport(syntheticStudy({ items: 40, seeds: 2, budgets: [16], seed: 5 }));
    expect(parseHTML(page).document.querySelectorAll('svg[role="img"]').length).toBeGreaterThan(0);
    expect(page).not.toContain('NaN,');
  });

  test('without a baseline or off-target text leaves those figures out', () => {
    const bare: Study = {
      ...STUDY,
      fit: {
        ...STUDY.fit,
        curves: STUDY.fit.curves.filter(({ measure, n }) => measure !== 'kl' && n > 0),
        differences: STUDY.fit.differences.filter(({ first }) => first !== 'baseline'),
      },
    };
    expect(renderReport(bare)).toContain('Not measured in this study.');
  });
});

function relabelled(fit: Study['fit'], attack: string): Study['fit'] {
  const named = <Row extends { model: string; task: string }>(rows: Row[]) =>
    rows.map((row) => ({ ...row, model: attack, task: `${row.task}${attack}` }));
  return {
    curves: named(fit.curves),
    crossovers: named(fit.crossovers),
    differences: named(fit.differences),
    compositions: named(fit.compositions),
    efficiencies: named(fit.efficiencies),
    fronts: named(fit.fronts),
    matched: named(fit.matched),
    leads: named(fit.leads),
    laws: NO_LAWS,
  };
}
