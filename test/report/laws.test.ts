import { parseHTML } from 'linkedom';
import { describe, expect, test } from 'vitest';
import { html, markupOf } from '../../report/html.js';
import { renderReport } from '../../report/page.js';
import { foldedPanels } from '../../report/sections/split-places.js';
import { syntheticStudy } from './synthetic-study.js';

const sectionOf = (budgets: number[]) =>
  parseHTML(renderReport(syntheticStudy({ items: 30, seeds: 3, budgets, seed: 3 }))).document.querySelector(
    '#laws',
  );

describe('the laws of a study with three numbers of examples', () => {
  const section = sectionOf([1, 8, 64]);

  test('are said not to be fitted, and why, where the lines join the points', () => {
    expect(section?.querySelector('h2 + p')?.textContent).toMatch(
      /^No law is fitted: .*3 budgets; 3 parameters need 4.* only join the points\.$/,
    );
    expect(section?.textContent).not.toContain('Exponents, floors and errors');
  });

  test('have no table of two estimators that are one, but the reason', () => {
    const head = [...(section?.querySelectorAll('h3') ?? [])].find(({ textContent }) =>
      textContent.startsWith('Crossovers in loss'),
    );
    expect(head?.nextElementSibling?.textContent).toMatch(/^None: neither method has a law there/);
  });
});

test('laws that are fitted have their table of two estimators', () => {
  const section = sectionOf([1, 4, 16, 64]);
  expect(section?.querySelector('h3 + .scroll')?.textContent).toContain('by the laws');
});

test('panels behind a click are counted one by one', () => {
  const panels = Array.from({ length: 20 }, (_, index) => html`<div>${index}</div>`);
  const { document } = parseHTML(markupOf(foldedPanels(panels)));
  expect(document.querySelector('summary')?.textContent).toBe('14 more');
  expect(document.querySelectorAll('details .panels > div').length).toBe(14);
});

test('tasks whose laws are not drawn are counted', () => {
  const study = syntheticStudy({ items: 20, seeds: 2, budgets: [1, 8, 64], seed: 3 });
  const laws = {
    ...study.fit.laws,
    curves: study.fit.laws.curves.filter(({ task }) => task !== 'currencies'),
  };
  const page = parseHTML(renderReport({ ...study, fit: { ...study.fit, laws } })).document;
  expect(page.querySelector('#laws')?.textContent).toContain('1 more is not drawn here');
});
