import { describe, expect, test } from 'vitest';
import type { Interval } from '../../../evaluation/statistics/bootstrap.js';
import { type Evidence, verdict } from '../../../evaluation/statistics/verdict.js';

const below: Interval = { value: -0.2, low: -0.3, high: -0.1 };
const around: Interval = { value: 0.01, low: -0.1, high: 0.1 };
const above: Interval = { value: 0.2, low: 0.1, high: 0.3 };
const rising = { kind: 'switch', direction: 'first-then-second', n: 8 } as const;

function given(changes: Partial<Evidence>): Evidence {
  return {
    switch: rising,
    smallest: below,
    largest: above,
    whole: around,
    probability: 0.99,
    seeds: 5,
    confidence: 0.95,
    ...changes,
  };
}

describe('the verdict', () => {
  test('is a crossover when both ends are decided with opposite signs', () => {
    expect(verdict(given({}))).toBe('crossover');
  });
  test('is undecided when an end is not, when too few resamples cross, or with a single seed', () => {
    expect(verdict(given({ smallest: around }))).toBe('undecided');
    expect(verdict(given({ probability: 0.94 }))).toBe('undecided');
    expect(verdict(given({ seeds: 1 }))).toBe('undecided');
  });
  test('is undecided when the switch that matters runs against the ends', () => {
    expect(verdict(given({ switch: { ...rising, direction: 'second-then-first' } }))).toBe('undecided');
  });
  test('names the better method when the whole curve is decided and no end contradicts it', () => {
    const none = { kind: 'throughout', better: 'second' } as const;
    expect(verdict(given({ switch: none, smallest: around, whole: above, probability: 0.2 }))).toBe(
      'second-better',
    );
    expect(
      verdict(given({ switch: none, smallest: below, largest: around, whole: below, probability: 0.2 })),
    ).toBe('first-better');
    expect(verdict(given({ smallest: above, largest: around, whole: below, probability: 0.2 }))).toBe(
      'undecided',
    );
    expect(verdict(given({ smallest: around, whole: above, probability: 0.97 }))).toBe('undecided');
  });
  test('is undecided when nothing excludes zero, and a bound of exactly zero excludes nothing', () => {
    expect(verdict(given({ smallest: around, largest: around, probability: 0.6 }))).toBe('undecided');
    expect(
      verdict(given({ smallest: around, largest: around, whole: { ...above, low: 0 }, probability: 0 })),
    ).toBe('undecided');
  });
});
