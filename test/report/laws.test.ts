import { parseHTML } from 'linkedom';
import { describe, expect, test } from 'vitest';
import { renderReport } from '../../report/page.js';
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
  const section = sectionOf([1, 2, 4, 8, 16, 64]);
  expect(section?.querySelector('h2 + p')?.textContent ?? '').not.toMatch(/^No law is fitted:/);
  expect(section?.querySelector('h3 + .scroll')?.textContent).toContain('by the laws');
});
