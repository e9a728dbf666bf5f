import { expect, test } from 'vitest';
import { compositionVerdict } from '../../../evaluation/statistics/composition-verdict.js';

const ofScore = (low: number, high: number, seeds = 5) =>
  compositionVerdict({ low, high }, { measure: 'score', seeds });

test('an interval above zero helps, below zero hurts, however small the difference', () => {
  expect(ofScore(0.001, 0.2)).toBe('helps');
  expect(ofScore(0.001, 0.02)).toBe('helps');
  expect(ofScore(-0.2, -0.001)).toBe('hurts');
});

test('an interval around zero is no difference only within the equivalence bounds', () => {
  expect(ofScore(-0.05, 0.05)).toBe('no-difference');
  expect(ofScore(0, 0)).toBe('no-difference');
  expect(ofScore(-0.051, 0.01)).toBe('undecided');
  expect(ofScore(-0.01, 0.2)).toBe('undecided');
});

test('the bounds of the margin are in nats', () => {
  expect(compositionVerdict({ low: -0.2, high: 0.25 }, { measure: 'margin', seeds: 2 })).toBe(
    'no-difference',
  );
  expect(compositionVerdict({ low: -0.3, high: 0.1 }, { measure: 'margin', seeds: 2 })).toBe('undecided');
});

test('one seed decides nothing', () => {
  expect(ofScore(0.1, 0.2, 1)).toBe('undecided');
  expect(ofScore(-0.01, 0.01, 1)).toBe('undecided');
});
