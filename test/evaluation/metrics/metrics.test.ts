import { describe, expect, it } from 'vitest';
import { accuracy } from '../../../evaluation/metrics/accuracy.js';
import { judgement } from '../../../evaluation/metrics/judgement.js';
import { meanMargin, optionMargin } from '../../../evaluation/metrics/margin.js';
import { offTargetChange } from '../../../evaluation/metrics/off-target-change.js';
import { rightProbability } from '../../../evaluation/metrics/right-probability.js';

describe('accuracy', () => {
  it('is the share of right predictions', () => {
    expect(accuracy([{ correct: true }, { correct: false }, { correct: true }, { correct: true }])).toBe(
      0.75,
    );
    expect(accuracy([{ correct: false }])).toBe(0);
  });

  it('is an error without rows, not 0', () => {
    expect(() => accuracy([])).toThrow('accuracy: found no rows');
  });
});

describe('the margin', () => {
  it('is the distance of the right option to the best wrong one', () => {
    expect(optionMargin([-1, -3, -2], 0)).toBe(1);
    expect(optionMargin([-1, -3, -2], 1)).toBe(-2);
  });

  it('is 0 at a tie', () => {
    expect(optionMargin([-2, -2], 1)).toBe(0);
  });

  it('is averaged over rows, and an error without them', () => {
    expect(meanMargin([{ margin: 1 }, { margin: -2 }])).toBe(-0.5);
    expect(() => meanMargin([])).toThrow('margin: found no rows');
  });

  it.each([
    ['NaN', [Number.NaN, -1], 0, 'option 0: found log-probability NaN'],
    ['−∞', [-1, Number.NEGATIVE_INFINITY], 0, 'option 1: found log-probability -Infinity'],
    ['one option', [-1], 0, 'found 1 option log-probabilities, expected at least 2'],
    ['a label out of range', [-1, -2], 2, 'found label 2, expected an index from 0 to 1'],
  ])('of %s is an error', (_what, logprobs, label, message) => {
    expect(() => optionMargin(logprobs, label)).toThrow(message);
  });
});

describe('the judgement of an item', () => {
  it('predicts the most probable option', () => {
    expect(judgement([-3, -1, -2], 1)).toEqual({ prediction: 1, correct: true, margin: 1 });
    expect(judgement([-3, -1, -2], 2)).toEqual({ prediction: 1, correct: false, margin: -1 });
  });

  it('takes the first of equals', () => {
    expect(judgement([-1, -1], 0)).toEqual({ prediction: 0, correct: true, margin: 0 });
    expect(judgement([-1, -1], 1)).toEqual({ prediction: 0, correct: false, margin: 0 });
  });
});

describe('the probability of the right option', () => {
  it('is the softmax over the options', () => {
    expect(rightProbability([Math.log(0.1), Math.log(0.3)], 1)).toBeCloseTo(0.75, 12);
    expect(rightProbability([-5, -5, -5, -5], 2)).toBe(0.25);
  });

  it('stays finite for log-probabilities far below the smallest float', () => {
    expect(rightProbability([-2000, -2000], 0)).toBe(0.5);
    expect(rightProbability([-5000, -1000], 0)).toBe(0);
  });
});

describe('the off-target change', () => {
  const window = { tokens: 10, kl: 2, reverse_kl: 5, nll: 30, base_nll: 30 };

  it('of an untouched model is no divergence and an equal perplexity', () => {
    expect(offTargetChange([{ ...window, kl: 0 }])).toEqual({
      kl: 0,
      reverseKl: 0.5,
      perplexityRatio: 1,
      tokens: 10,
    });
  });

  it('weighs tokens equally, not windows', () => {
    const change = offTargetChange([window, { tokens: 30, kl: 0, reverse_kl: null, nll: 94, base_nll: 90 }]);
    expect(change.kl).toBe(0.05);
    expect(change.reverseKl).toBeNull();
    expect(change.perplexityRatio).toBeCloseTo(Math.exp(0.1), 12);
    expect(change.tokens).toBe(40);
  });

  it('is an error without tokens or with a sum that is not finite', () => {
    expect(() => offTargetChange([])).toThrow('found 0 scored tokens');
    expect(() => offTargetChange([{ ...window, kl: Number.NaN }])).toThrow('found KL NaN');
  });
});
