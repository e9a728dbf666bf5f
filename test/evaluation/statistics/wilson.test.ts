import { expect, it } from 'vitest';
import { wilsonInterval } from '../../../evaluation/statistics/wilson.js';

it('has the published values', () => {
  // Newcombe 1998, Statistics in Medicine 17, table I, method 3: 81/263, 15/148, 0/20, 1/29.
  const rows: [number, number, number, number][] = [
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ];
  for (const [found, total, low, high] of rows) {
    const interval = wilsonInterval(found, total);
    expect(interval.low).toBeCloseTo(low, 4);
    expect(interval.high).toBeCloseTo(high, 4);
    expect(interval.value).toBe(found / total);
  }
});

it('throws without items', () => {
  expect(() => wilsonInterval(0, 0)).toThrow('expected at least one');
});
