import { expect, test } from 'vitest';
import * as format from '../../report/number-format.js';

const THIN = '\u202F';

test('scores and their differences are written with their unit and sign', () => {
  expect(format.percent.write(0.7125)).toBe(`71.3${THIN}%`);
  expect(format.points.write(0.123)).toBe('+12.3');
  expect(format.points.write(-0.05)).toBe('−5.0');
  expect(format.nats.write(1.005)).toBe('+1.00');
  expect(format.level.write(0.975)).toBe(`97.5${THIN}%`);
});

test('a value that rounds to zero has no sign', () => {
  expect(format.points.write(-0.0001)).toBe('0.0');
  expect(format.points.write(0.0001)).toBe('0.0');
});

test('an estimated number of examples has two digits', () => {
  expect([1.04, 9.87, 12.3, 128, 1234].map(format.examples.write)).toEqual([
    '1.0',
    '9.9',
    '12',
    '130',
    `1${THIN}200`,
  ]);
});

test('costs are scaled to readable units', () => {
  expect(format.flops.write(3.21e12)).toBe(`3.21${THIN}T`);
  expect(format.flops.write(0)).toBe('0');
  expect(format.bytes.write(2304)).toBe(`2.30${THIN}kB`);
  expect(format.seconds.write(3.21)).toBe(`3.2${THIN}s`);
  expect(format.seconds.write(200)).toBe(`3${THIN}min 20${THIN}s`);
  expect(format.seconds.write(3725)).toBe(`1${THIN}h 2${THIN}min`);
  expect(format.klNats.write(0.0213)).toBe('0.021');
  expect(format.klNats.write(0.0000213)).toBe('2.1e−5');
  expect(format.pValue.write(0.00005)).toBe(`<${THIN}0.001`);
});

test('format names are unique, since the page refers to them', () => {
  const names = format.NUMBER_FORMATS.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});

test('an axis tick loses the zeros after its point and no others', () => {
  const written = ['1.50 G', '2.00 G', '150 G', '+10.0', '0.0', '1.05', '−30'];
  expect(written.map(format.withoutTrailingZeros)).toEqual([
    '1.5 G',
    '2 G',
    '150 G',
    '+10',
    '0',
    '1.05',
    '−30',
  ]);
});
