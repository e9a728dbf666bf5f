import { parseHTML } from 'linkedom';
import { describe, expect, test } from 'vitest';
import { claimsSentence } from '../../report/claim-sentence.js';
import { NUMBER_FORMATS } from '../../report/number-format.js';
import { renderReport } from '../../report/page.js';
import { renderMarkdownSummary } from '../../report/summary.js';
import { shownRows } from './shown-rows.js';
import { syntheticStudy } from './synthetic-study.js';
import { toyStudy } from './toy-study.js';

const STUDY = await toyStudy({ budgets: [1, 32, 256, 4096], seeds: 5, items: 60, seed: 1, luck: 0.01 });
const PAGE = renderReport(STUDY);
const { document } = parseHTML(PAGE);
const SECTION = document.querySelector('#claims');

describe('the page of a study with registered claims', () => {
  test('begins with a sentence that has every verdict', () => {
    const lead = document.querySelector('main')?.firstElementChild?.firstElementChild;
    expect(lead?.className).toBe('lead');
    const claims = STUDY.claims?.claims ?? [];
    expect(new Set(claims.map(({ verdict }) => verdict)).size).toBeGreaterThan(1);
    const clauses: string[] = lead?.textContent.split(/[;.]/) ?? [];
    for (const { claim, verdict } of claims) {
      const clause = clauses.find((text) => text.includes(claim));
      expect(clause?.replace('not replicated', 'not-replicated').endsWith(` ${verdict}`), claim).toBe(true);
    }
  });

  test('has a row for each claim with its words, source, verdict and numbers', () => {
    const rows = [...(SECTION?.querySelector('table')?.querySelectorAll('tbody tr') ?? [])];
    const claims = STUDY.claims?.claims ?? [];
    expect(rows.length).toBe(claims.length);
    for (const [index, { claim, statement, source }] of claims.entries()) {
      for (const text of [claim, statement, source]) expect(rows[index]?.textContent).toContain(text);
      expect(rows[index]?.querySelectorAll('data').length).toBeGreaterThanOrEqual(3);
    }
  });

  test('says which details are ours', () => {
    expect(SECTION?.textContent).toContain('Of the source only the abstract is public');
  });

  test('shows each number as its row has it', () => {
    const data = shownRows(document);
    const formats = new Map(NUMBER_FORMATS.map((format) => [format.name, format]));
    const numbers = [...(SECTION?.querySelectorAll('data') ?? [])];
    expect(numbers.length).toBeGreaterThan(200);
    for (const number of numbers) {
      const [table = '', index = '', column = ''] = (number.getAttribute('data-from') ?? '').split('/');
      const value = data[table]?.[Number(index)]?.[column];
      expect(number.textContent).toBe(
        formats.get(number.getAttribute('data-format') ?? '')?.write(Number(value)),
      );
    }
  });

  test('draws N* against each axis, and the curves of every cell', () => {
    const labels = [...document.querySelectorAll('#complexity svg[role="img"]')].map((figure) =>
      figure.getAttribute('aria-label'),
    );
    expect(labels.filter((label) => label?.startsWith('crossover against')).length).toBe(3);
    expect(labels.filter((label) => label?.startsWith('score on')).length).toBe(7);
    expect(PAGE).not.toContain('NaN,');
  });

  test('says of those curves what the registration measures', () => {
    const caption = (effectiveness: string) => {
      const { claims } = STUDY;
      if (claims === undefined) throw new Error('no claims');
      const registered = { ...claims.registered, effectiveness };
      const page = parseHTML(renderReport({ ...STUDY, claims: { ...claims, registered } })).document;
      return [...page.querySelectorAll('#complexity figcaption')].at(-1)?.textContent;
    };
    expect(caption('{task}')).toMatch(/^Score on the whole task against/);
    expect(caption('{task} → {task}.steered')).toMatch(/^Score on {task} → {task}.steered against/);
  });

  test('has the verdicts in the summary of the terminal', () => {
    if (STUDY.claims === undefined) throw new Error('no claims');
    expect(renderMarkdownSummary(STUDY).split('\n')[0]).toBe(`- **Claims:** ${claimsSentence(STUDY.claims)}`);
  });
});

test('a study without claims says nothing of them', () => {
  const page = parseHTML(
    renderReport(syntheticStudy({ items: 20, seeds: 2, budgets: [1, 4], seed: 1 })),
  ).document;
  expect(page.querySelector('#claims')).toBeNull();
  expect(page.querySelector('#complexity')).toBeNull();
});
