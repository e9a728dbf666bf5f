import { describe, expect, test } from 'vitest';
import { answers } from '../../report/answer.js';
import { renderAppendix } from '../../report/appendix.js';
import { endDifference, tally } from '../../report/hypothesis.js';
import { limitPhrases } from '../../report/limits.js';
import { renderReport } from '../../report/page.js';
import { phraseText } from '../../report/phrase.js';
import type { Study } from '../../report/study.js';
import { renderMarkdownSummary } from '../../report/summary.js';
import { syntheticStudy } from './synthetic-study.js';

const STUDY = syntheticStudy();

/** The study with the score comparison of its first task changed. */
function changed(rows: {
  differences?: (row: Study['fit']['differences'][number]) => Partial<Study['fit']['differences'][number]>;
  crossover?: Partial<Study['fit']['crossovers'][number]>;
}): Study {
  const { fit } = STUDY;
  return {
    ...STUDY,
    tasks: STUDY.tasks.slice(0, 1),
    fit: {
      ...fit,
      differences: fit.differences.map((row) => ({ ...row, ...rows.differences?.(row) })),
      crossovers: fit.crossovers.map((row) => ({ ...row, ...rows.crossover })),
    },
  };
}

describe('the answer of a task', () => {
  test('names the switch, its number of examples and interval, when there is a crossover', () => {
    const [answer] = answers(STUDY);
    expect(answer).toMatchObject({ task: 'currencies', choice: 'switch', hypothesis: 'supported' });
    expect(phraseText(answer?.headline ?? [])).toMatch(
      /^steer with a vector below about \d+ examples, fine-tune above$/,
    );
    expect(phraseText(answer?.reasons[0] ?? [])).toMatch(/^N\* = \d+, 95\u202F% interval/);
  });

  test('says "undecided" plainly where nothing is decided', () => {
    const answer = answers(STUDY).find(({ task }) => task === 'word-problems');
    expect(answer).toMatchObject({ choice: 'undecided', hypothesis: 'undecided' });
    expect(phraseText(answer?.headline ?? [])).toBe('undecided from 1 to 64 examples');
  });

  test('advises for the end of the range that is decided, and for no more', () => {
    const answer = answers(STUDY).find(({ task }) => task === 'tool-choice');
    expect(answer?.choice).toBe('partly');
    expect(phraseText(answer?.headline ?? [])).toMatch(/^fine-tune from N = \d+ on, undecided below$/);
  });

  test('is neither when no method has a decided gain over the untreated model', () => {
    const [answer] = answers(
      changed({ differences: (row) => (row.first === 'baseline' ? { low: -0.1 } : {}) }),
    );
    expect(answer?.choice).toBe('neither');
  });

  test('a gain whose p-value fails Holm’s correction does not count', () => {
    const [answer] = answers(
      changed({ differences: (row) => (row.first === 'baseline' ? { p_holm: 0.2 } : {}) }),
    );
    expect(answer?.choice).toBe('neither');
  });

  test('the lesser of two harms is no advice', () => {
    const harmed = changed({
      differences: (row) =>
        row.first === 'baseline' && row.second === 'vector' ? { low: -0.2, high: 0.1 } : {},
    });
    expect(phraseText(answers(harmed)[0]?.headline ?? [])).toMatch(
      /^no gain is established below about \d+ examples, fine-tune above$/,
    );
  });

  test('with one number of examples there is no range and nothing to cross', () => {
    const [answer] = answers(syntheticStudy({ items: 100, seeds: 3, budgets: [64], seed: 11 }));
    expect(phraseText(answer?.headline ?? [])).toBe('fine-tune: better with 64 examples');
    expect(phraseText(answer?.reasons[0] ?? [])).toMatch(/^lora − vector is [^;]* at N = 64\.$/);
  });

  test('one seed decides nothing', () => {
    const single = syntheticStudy({ items: 60, seeds: 1, budgets: [1, 16], seed: 2 });
    for (const answer of answers(single)) expect(['undecided', 'neither']).toContain(answer.choice);
  });

  test('a pair in the other order gives the same advice', () => {
    const mirrored = changed({
      differences: (row) =>
        row.first === 'vector' && row.second === 'lora'
          ? { first: 'lora', second: 'vector', low: -row.high, high: -row.low, difference: -row.difference }
          : {},
    });
    mirrored.fit.crossovers = mirrored.fit.crossovers.map((row) =>
      row.first === 'vector' && row.second === 'lora'
        ? { ...row, first: 'lora', second: 'vector', direction: 'second-then-first' }
        : row,
    );
    expect(phraseText(answers(mirrored)[0]?.headline ?? [])).toMatch(
      /^steer with a vector below about \d+ examples, fine-tune above$/,
    );
    expect(answers(mirrored)[0]?.hypothesis).toBe('supported');
  });

  test('has the p-value beside an interval that excludes 0 where that p alone leaves it undecided', () => {
    const [answer] = answers(
      changed({
        differences: (row) => (row.n === 1 ? { difference: -0.3, low: -0.5, high: -0.1, p_holm: 0.2 } : {}),
      }),
    );
    if (answer === undefined) throw new Error('no answer');
    expect(answer.hypothesis).toBe('undecided');
    const textAt = (end: 'smallest' | 'largest') => phraseText(endDifference(answer, end, STUDY.settings));
    expect(textAt('smallest')).toMatch(/at N = 1, Holm’s p = 0\.200$/);
    expect(textAt('largest')).toMatch(/at N = 64$/);
  });

  test('is counted with others, not with itself', () => {
    expect(tally(answers(STUDY))).toMatch(/^Supported in 1 of 3 comparisons/);
    expect(tally(answers(STUDY).slice(0, 1))).toBe('One comparison.');
  });

  describe('with a gain that shows no ability', () => {
    const warned = (study: Study) => {
      const [answer] = answers(study);
      return answer?.caution && phraseText(answer.caution);
    };
    const baseline = (chance: number): Study => ({
      ...STUDY,
      cells: STUDY.cells.map((cell) => ({ ...cell, chance })),
    });
    const rule = (score: number, shortcut = 'overlap'): Study => ({
      ...STUDY,
      tasks: STUDY.tasks.map((task) => ({ ...task, shortcuts: [{ shortcut, score, items: 9 }] })),
    });

    test('warns where it ends at or below chance, or a rule that does not do the task, and nowhere else', () => {
      expect(warned(STUDY)).toBeUndefined();
      expect(warned(baseline(0.999))).toMatch(
        /^That gain ends at [\d.]+\u202F%, at or below what guessing gives \(99\.9\u202F%\)/,
      );
      expect(warned(rule(0.999))).toMatch(/at or below what the rule “overlap” gives/);
      expect(warned(rule(1, 'scripted expert')), 'who does the task').toBeUndefined();
    });

    test('warns on the page, in the terminal and in the appendix', () => {
      const study = baseline(0.999);
      expect(renderReport(study)).toContain('at or below what guessing gives');
      expect(renderMarkdownSummary(study)).toContain('at or below what guessing gives');
      expect(renderMarkdownSummary(study).trimEnd().split('\n').length).toBeLessThanOrEqual(15);
      for (const text of [renderReport(study), renderAppendix(study)])
        expect(text).toMatch(/In 3 of 3 the largest gain .* shows no ability\. currencies, /);
    });

    test('has the untreated model among the limits, however far below chance it is', () => {
      const limits = (score: number, chance: number) =>
        limitPhrases(
          { ...STUDY, cells: STUDY.cells.map((cell) => ({ ...cell, score, chance })) },
          { limits: [], edges: [] },
        ).map(phraseText);
      expect(limits(0.26, 0.33)[0]).toMatch(/at or below chance, and a gain up to it is not ability/);
      expect(limits(0, 0.33)[0]).toMatch(/at or below chance/);
      expect(limits(0.35, 0.33)[0]).toMatch(/must teach the task/);
      expect(limits(0.5, 0.33)).toEqual([]);
    });
  });

  test('is undecided, with the reason, when the two methods share no seed', () => {
    const [answer] = answers({ ...STUDY, fit: { ...STUDY.fit, crossovers: [] } });
    expect(answer?.choice).toBe('undecided');
    expect(phraseText(answer?.reasons[0] ?? [])).toBe('No seed has successful cells of both methods.');
  });
});

describe('the summary for the terminal', () => {
  test('has at most 15 lines, names every task and counts failures', () => {
    const summary = renderMarkdownSummary(STUDY);
    expect(summary.trimEnd().split('\n').length).toBeLessThanOrEqual(15);
    for (const { card } of STUDY.tasks) expect(summary).toContain(card.name);
    expect(summary).toContain(`1 of ${STUDY.cells.length} cells failed`);
  });

  test('of many tasks shows the first and counts the rest', () => {
    const models = Array.from({ length: 9 }, (_, index) => ({
      name: `model-${index}`,
      digest: '',
      licence: '',
    }));
    const cells = models.flatMap(({ name }) => STUDY.cells.map((cell) => ({ ...cell, model: name })));
    const summary = renderMarkdownSummary({ ...STUDY, models, cells });
    expect(summary.trimEnd().split('\n').length).toBeLessThanOrEqual(15);
    expect(summary).toMatch(/Of 27 comparisons: undecided in 27\./);
    expect(summary).toContain('and 22 more');
  });

  test('counts no comparison of a model that was not given the task', () => {
    const models = [...STUDY.models, { name: 'another', digest: '00', licence: 'MIT' }];
    expect(renderMarkdownSummary({ ...STUDY, models })).toBe(renderMarkdownSummary(STUDY));
  });

  test('lets no control character of a name reach the terminal', () => {
    const models = [{ name: 'evil\u001b[2J', digest: '', licence: '' }];
    expect(renderMarkdownSummary({ ...STUDY, models })).not.toContain('\u001b');
  });
});
