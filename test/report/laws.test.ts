import { parseHTML } from 'linkedom';
import { describe, expect, test } from 'vitest';
import { html, markupOf } from '../../report/html.js';
import { renderReport } from '../../report/page.js';
import { foldedPanels } from '../../report/sections/split-places.js';
import type { Study } from '../../report/study.js';
import { syntheticStudy } from './synthetic-study.js';

const STUDY = syntheticStudy({ items: 20, seeds: 2, budgets: [1, 8, 64], seed: 3 });
const sectionOf = (laws: Study['fit']['laws']) =>
  parseHTML(renderReport({ ...STUDY, fit: { ...STUDY.fit, laws } })).document.querySelector('#laws');

describe('the laws of a study with three numbers of examples', () => {
  const section = sectionOf(STUDY.fit.laws);

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

test('a method with a law has its row in the table of two estimators', () => {
  const crossovers = STUDY.fit.laws.crossovers.map((row) => ({ ...row, law_first: 'power' as const }));
  const section = sectionOf({ ...STUDY.fit.laws, crossovers });
  expect(section?.querySelector('h3 + .scroll')?.textContent).toContain('by the laws');
  expect(section?.textContent).not.toContain('neither method has a law there');
});

test('panels behind a click are counted one by one', () => {
  const panels = Array.from({ length: 20 }, (_, index) => html`<div>${index}</div>`);
  const { document } = parseHTML(markupOf(foldedPanels(panels)));
  expect(document.querySelector('summary')?.textContent).toBe('14 more');
  expect(document.querySelectorAll('details .panels > div').length).toBe(14);
});

test('tasks whose laws are not drawn are counted', () => {
  const curves = STUDY.fit.laws.curves.filter(({ task }) => task !== 'currencies');
  const section = sectionOf({ ...STUDY.fit.laws, curves });
  expect(section?.textContent).toContain('1 more is not drawn here');
});
