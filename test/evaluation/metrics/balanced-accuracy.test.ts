import { expect, it } from 'vitest';
import { balancedAccuracy, balancedScore } from '../../../evaluation/metrics/balanced-accuracy.js';

const rows = (truth: readonly number[], predicted: readonly number[]) =>
  truth.map((label, index) => ({ answer: String(label), correct: predicted[index] === label }));

it('is scikit-learn’s on the example of its documentation', () => {
  expect(balancedAccuracy(rows([0, 1, 0, 0, 1, 0], [0, 1, 0, 0, 0, 1]))).toBe(0.625);
});

it('of a constant answer is one over the answers, however common it is', () => {
  expect(balancedAccuracy(rows([0, 0, 0, 0, 0, 0, 0, 0, 1, 2], Array(10).fill(0)))).toBeCloseTo(1 / 3, 15);
});

it('is the accuracy where all answers are equally common', () => {
  expect(balancedAccuracy(rows([0, 0, 1, 1], [0, 1, 1, 1]))).toBe(0.75);
});

it('is an error without rows', () => {
  expect(() => balancedAccuracy([])).toThrow('found no rows');
});

it('is that of items which share their options in any order, and none of others', () => {
  const one = { options: ['yes', 'no'], label: 0, correct: true };
  const other = { options: ['no', 'yes'], label: 1, correct: false };
  const negative = { options: ['no', 'yes'], label: 0, correct: true };
  expect(balancedScore([one, other, negative])).toBe(0.75);
  expect(balancedScore([one, { ...other, options: ['no', 'maybe'] }])).toBeNull();
  expect(balancedScore([{ options: ['a text'], label: 0, correct: true }])).toBeNull();
  expect(balancedScore([])).toBeNull();
});
