import { parseHTML } from 'linkedom';
import { describe, expect, test } from 'vitest';
import { renderAppendix } from '../../report/appendix.js';
import { markdownTable } from '../../report/markdown.js';
import { renderReport } from '../../report/page.js';
import { answeredSwitch, comparedSwitch, switchText } from '../../report/switch-words.js';
import type { CrossoverRow } from '../../schemas/tables.js';
import { continuumStudy } from './continuum-study.js';
import { syntheticStudy } from './synthetic-study.js';

const STUDY = syntheticStudy();
const TEXT = renderAppendix(STUDY);

describe('the appendix of a paper', () => {
  test('has the score of every method at every number of examples, with its interval', () => {
    const points = STUDY.fit.curves.filter(({ measure, n }) => measure === 'score' && n > 0);
    for (const { value, low, high } of points) {
      const percent = (share: number) => `${(100 * share).toFixed(1)}\u202F%`;
      expect(TEXT).toContain(`${percent(value)} (${percent(low)} to ${percent(high)})`);
    }
  });

  test('says in every table how many cells a row has as its head has', () => {
    const lines = TEXT.split('\n');
    const heads = lines.flatMap((line, index) => (/^\| (?:--)/.test(line) ? [index] : []));
    expect(heads.length).toBeGreaterThan(5);
    for (const head of heads) {
      const width = (line = '') => line.split(/(?<!\\)\|/).length;
      for (let at = head + 1; lines[at]?.startsWith('|'); at++)
        expect(width(lines[at])).toBe(width(lines[head - 1]));
    }
  });

  test('gives seeds and items beside N*, and the verdict on H1', () => {
    expect(TEXT).toMatch(
      /\| first → second \| verdict \| N\* \(interval\) \| cross in range \| seeds \| items \|/,
    );
    expect(TEXT).toMatch(/Supported in \d of 3 comparisons/);
  });

  test('is the same for the same study', () => {
    expect(renderAppendix(structuredClone(STUDY))).toBe(TEXT);
  });

  test('has what combinations add, where there are such', () => {
    const study = continuumStudy({ items: 30, seeds: 2, budgets: [4, 16], seed: 4 });
    expect(renderAppendix(study)).toContain('equal-search: wide-lora');
  });
});

describe('what the appendix says of N*', () => {
  // With few items and seeds the observed curves cross where nothing is decided.
  const study = syntheticStudy({ items: 12, seeds: 2, budgets: [1, 4, 16, 64], seed: 11 });
  const text = renderAppendix(study);
  const { document } = parseHTML(renderReport(study));
  const cellsOf = (heading: string, column: string) => {
    const rows = (text.split(`## ${heading}`)[1]?.split('\n## ')[0] ?? '')
      .split('\n')
      .filter((line) => line.startsWith('|'))
      .map((line) => line.split('|').map((cell) => cell.trim()));
    const at = rows[0]?.indexOf(column) ?? -1;
    return rows.slice(2).map((cells) => cells[at] ?? '');
  };
  const shownIn = (selector: string) =>
    [...document.querySelectorAll(selector)].map(({ textContent }) => textContent.trim());

  test('is undecided in some comparison whose observed curves cross', () => {
    const rows = study.fit.crossovers.filter(({ measure }) => measure === 'score');
    expect(rows.some((row) => row.verdict === 'undecided' && row.n_star !== null)).toBe(true);
  });

  test('is what the page says of it: in the answers, and of what is drawn as a forest', () => {
    const column = 'N* (interval)';
    const answered = cellsOf('Answer', column);
    expect(answered).toContain('undecided');
    expect(answered).toEqual(shownIn('table.answers tbody td.number'));
    const compared = cellsOf('Crossovers, by score', column);
    expect(compared.some((words) => words.startsWith('undecided: '))).toBe(true);
    // The page draws what leads; the appendix has all pairs.
    expect(compared).toEqual(expect.arrayContaining(shownIn('table.forest td.words-beside')));
  });
});

describe('N* of a comparison that one method leads on average', () => {
  const [row] = STUDY.fit.crossovers;
  if (row === undefined) throw new Error('no crossover');
  const better: CrossoverRow = { ...row, first: 'vector', second: 'lora', verdict: 'second-better' };
  const crossing = { ...better, n_star: 20, low: null, high: 30, censoring: 'left' as const, smallest_n: 1 };
  const apart = { ...better, n_star: null };

  test('is not decided where the observed curves cross, and never called out of range', () => {
    expect(switchText(comparedSwitch(crossing))).toBe(
      'not decided: 20 (below 1 to 30); lora better on average',
    );
    expect(switchText(answeredSwitch({ choice: 'finetune', comparison: crossing }))).toBe('not decided');
  });

  test('was not observed where they do not', () => {
    expect(switchText(comparedSwitch(apart))).toBe('no crossing observed; lora better on average');
    expect(switchText(answeredSwitch({ choice: 'finetune', comparison: apart }))).toBe(
      'no crossing observed',
    );
  });
});

test('a text cannot end its cell of a Markdown table', () => {
  const rows = [{ text: 'a | b\n| c <b>' }];
  expect(markdownTable(rows, [{ title: 't', cell: ({ text }) => text }])).toBe(
    '| t |\n| --- |\n| a \\| b \\| c &lt;b> |',
  );
});
