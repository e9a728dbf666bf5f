import { parseHTML } from 'linkedom';
import { describe, expect, test } from 'vitest';
import { answers } from '../../report/answer.js';
import { boxOf, overlaps, placeLabels } from '../../report/figures/label-places.js';
import { othersPhrase, stepPhrase } from '../../report/front-phrases.js';
import { renderReport } from '../../report/page.js';
import { KIND_SHADES, stageStyles } from '../../report/palette.js';
import { phraseText } from '../../report/phrase.js';
import { edgeRows } from '../../report/search-edges.js';
import { renderMarkdownSummary } from '../../report/summary.js';
import { continuumStudy, ELSEWHERE } from './continuum-study.js';

const STUDY = continuumStudy({ items: 40, seeds: 3, budgets: [4, 16, 64], seed: 4 });
const PAGE = renderReport(STUDY);
const { document } = parseHTML(PAGE);
const textOf = (selector: string) => document.querySelector(selector)?.textContent ?? '';

describe('a page of seventeen methods', () => {
  test('answers once a task, for what stands for steering and fine-tuning on validation items', () => {
    expect(answers(STUDY).map(({ task, steer, finetune }) => [task, steer, finetune])).toEqual([
      ['capitals', 'loreft', 'lora'],
      ['word-problems', 'loreft', 'lora'],
    ]);
    expect(textOf('#answer')).toContain('validation');
  });

  test('never lets what was tested elsewhere into the answer or the summary', () => {
    expect(textOf('.lead')).not.toContain(ELSEWHERE);
    expect(renderMarkdownSummary(STUDY)).not.toContain(ELSEWHERE);
    expect(
      [...document.querySelectorAll('.answer')].some((card) => card.textContent?.includes(ELSEWHERE)),
    ).toBe(false);
  });

  test('shows what was tested elsewhere after the own tasks, and says so', () => {
    const own = document.querySelector('#continuum')?.querySelector('.elsewhere');
    expect(own?.textContent).toContain(ELSEWHERE);
    expect(textOf('#composition table thead')).toMatch(/capitals.*word-problems.*tested elsewhere/s);
    expect(textOf('#search table')).not.toContain(ELSEWHERE);
  });

  test('names the front of every number of examples as the rows have it', () => {
    const [score] = document.querySelectorAll('#continuum .fronts');
    const lines = [...(score?.querySelectorAll('li') ?? [])].map((line) => line.textContent ?? '');
    for (const [index, n] of [4, 16, 64].entries()) {
      const members = STUDY.fit.fronts.filter(
        (row) => row.task === 'capitals' && row.measure === 'score' && row.n === n && row.on_front,
      );
      expect(lines[index]).toContain(`N = ${n}: ${members.map(({ stage }) => stage).join(' → ')}`);
    }
  });

  test('names methods beside a front as they are named on it, a control as a control', () => {
    const [row] = STUDY.fit.fronts;
    if (row === undefined) throw new Error('no front');
    const others = [{ ...row, stage: 'random-direction', front_share: 0.3 }];
    const words = othersPhrase({ n: row.n, members: [row], others }, (stage) => `${stage} (control)`);
    expect(phraseText(words)).toContain('random-direction (control) 30');
  });

  test('says of a method that gains what the cheaper one does no more than that', () => {
    const [row] = STUDY.fit.fronts;
    if (row === undefined) throw new Error('no front');
    const same = { ...row, step: 0, step_low: 0, step_high: 0 };
    expect(phraseText(stepPhrase(same, false))).toBe('the same gain');
  });

  test('names a mean over log N as such, and changes no letter of a task', () => {
    expect(textOf('#efficiency h2')).toBe('Mean score over log N');
    expect(textOf('style')).not.toMatch(/\.lead::first-letter/);
  });

  test('keeps the full table of pairs, behind a click', () => {
    const cells = [...document.querySelectorAll('#crossovers details td')].map(
      ({ textContent }) => textContent,
    );
    expect(cells).toContain('preference-vector → full');
  });

  test('says what each search chose, texts and lists of layers included', () => {
    const rows = [...document.querySelectorAll('#search .choices tbody tr')].map(
      ({ textContent }) => textContent ?? '',
    );
    expect(rows.find((row) => row.includes('instruction'))).toContain('Name the capital.');
    expect(rows.find((row) => row.includes('mean-difference'))).toContain('10 11 12');
    const cut = document.querySelector('#search .choices [title]');
    expect(cut?.getAttribute('title')).toMatch(/schoolbook\.$/);
  });

  test('gives a verdict with its interval for each order on each task', () => {
    const [first] = document.querySelectorAll('#composition table');
    const cells = [...(first?.querySelectorAll('tbody td') ?? [])].map(
      ({ textContent }) => textContent ?? '',
    );
    const verdicts = cells.filter((cell) => /^(helps|hurts|no difference|undecided)/.test(cell));
    expect(verdicts.length).toBe(3 * 2 * 3); // orders, rivals, tasks
    for (const cell of verdicts) expect(cell).toMatch(/\(.+ to .+\)/);
  });
});

test('every method has a colour and symbol, and a colour and line, that no other has', () => {
  const styles = stageStyles(STUDY.pipeline.value);
  expect(styles.length).toBe(17);
  expect(new Set(styles.map(({ color, symbol }) => color + symbol)).size).toBe(17);
  expect(new Set(styles.map(({ color, dash }) => color + dash)).size).toBe(17);
});

test('every shade is legible as text: a contrast of 4.5 on the page, light and dark', () => {
  for (const { light, dark } of Object.values(KIND_SHADES).flat()) {
    expect(contrast(light, '#ffffff')).toBeGreaterThanOrEqual(4.5);
    expect(contrast(dark, '#15171a')).toBeGreaterThanOrEqual(4.5);
  }
});

test('a setting with one value in each search is at no edge, though it grows with the examples', () => {
  expect(edgeRows(STUDY).map(({ setting }) => setting)).not.toContain('shown');
});

test('the end of a grid that a combination’s vector chose is at the edge, though its first candidate has other settings', () => {
  const trial = (index: number, setting: Record<string, number>, chosen: boolean) => ({
    trial: index,
    setting,
    score: 0.5,
    margin: 0,
    chosen,
    reason: null,
  });
  const trials = [
    trial(0, { learning_rate: 0.001 }, true),
    trial(1, { coefficient: 0.1 }, true),
    trial(2, { coefficient: 1 }, false),
  ];
  const cell = { model: 'm', task: 'capitals', stage: 'both', n: 4, seed: 0, trials };
  expect(edgeRows({ ...STUDY, trials: [cell] })).toEqual([
    {
      task: 'capitals',
      stage: 'both',
      setting: 'coefficient',
      end: 'smallest',
      value: 0.1,
      at_end: 1,
      searches: 1,
    },
  ]);
});

test('labels are put where they cover neither each other nor a point, or left out', () => {
  const labels = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((index) => ({
    text: `method-${index}`,
    x: 200 + 3 * index,
    y: 100,
  }));
  const frame = { x: 0, y: 0, width: 400, height: 200 };
  const placed = placeLabels(labels, { busy: [{ x: 200, y: 100, radius: 5 }], frame, apart: 0 });
  expect(placed.length).toBeGreaterThan(2);
  const boxes = placed.map((found) => boxOf(found.label, found));
  for (const [index, box] of boxes.entries())
    for (const other of boxes.slice(index + 1)) expect(overlaps(box, other)).toBe(false);
  expect(placeLabels(labels.slice(0, 1), { busy: [], frame: { ...frame, width: 10 }, apart: 0 })).toEqual([]);
});

/** Contrast ratio of two colours (WCAG 2.2, relative luminance). */
function contrast(one: string, other: string): number {
  const luminance = (color: string) =>
    [0.2126, 0.7152, 0.0722].reduce((sum, weight, index) => {
      const value = Number.parseInt(color.slice(1 + 2 * index, 3 + 2 * index), 16) / 255;
      return sum + weight * (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
    }, 0);
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}
