import { Float64, Table, tableToIPC, Utf8, vectorFromArray } from 'apache-arrow';
import { describe, expect, test } from 'vitest';
import { readArrow, writeArrow } from '../../artifacts/arrow.js';

const layers = {
  layer_2: { width: 3, values: Float32Array.from([1, -0, 3e38, 1e-45, 5, 6]) },
  layer_10: { width: 1, values: Float32Array.from([0.1, -2]) },
};
const metadata = { model: 'tiny-llama', text: 'Ahoj, světe 😀' };

describe('writeArrow and readArrow', () => {
  test('give back names, widths, every bit of the values, and the metadata', () => {
    const read = readArrow(writeArrow({ columns: layers, metadata }));
    expect(read).toEqual({ columns: layers, metadata });
    expect(Object.is(read.columns.layer_2?.values[1], -0)).toBe(true);
  });

  test('equal matrices give equal bytes, whatever the order of columns and metadata', () => {
    const { layer_2, layer_10 } = layers;
    const reordered = {
      columns: { layer_10, layer_2 },
      metadata: { text: metadata.text, model: metadata.model },
    };
    expect(Buffer.compare(writeArrow({ columns: layers, metadata }), writeArrow(reordered))).toBe(0);
  });

  test('a matrix may have no rows', () => {
    const columns = { empty: { width: 4, values: new Float32Array(0) } };
    expect(readArrow(writeArrow({ columns, metadata: {} }))).toEqual({ columns, metadata: {} });
  });

  test('a view into a larger buffer is written without its surroundings', () => {
    const values = Float32Array.from([9, 9, 1, 2, 3, 4, 9]).subarray(2, 6);
    const { columns } = readArrow(writeArrow({ columns: { view: { width: 2, values } }, metadata: {} }));
    expect(columns.view?.values).toEqual(Float32Array.from([1, 2, 3, 4]));
  });

  test.each<[string, Record<string, { width: number; values: Float32Array }>, RegExp]>([
    [
      'NaN',
      { h: { width: 2, values: Float32Array.from([1, 2, Number.NaN, 4]) } },
      /matrix "h" holds NaN at row 1, column 0/,
    ],
    [
      'Infinity',
      { h: { width: 2, values: Float32Array.from([1, Number.POSITIVE_INFINITY]) } },
      /holds Infinity at row 0, column 1/,
    ],
    [
      'a ragged matrix',
      { h: { width: 2, values: new Float32Array(3) } },
      /has 3 values; expected a whole number of rows of 2/,
    ],
    ['a width of 0', { h: { width: 0, values: new Float32Array(0) } }, /whole number of rows of 0/],
    [
      'different rows',
      { a: { width: 1, values: new Float32Array(3) }, b: { width: 1, values: new Float32Array(2) } },
      /matrix "b" has 2 rows; expected 3, as "a" has/,
    ],
    ['no matrix', {}, /no matrix/],
  ])('refuse to write %s', (_, columns, message) => {
    expect(() => writeArrow({ columns, metadata: {} })).toThrow(message);
  });
});

describe('readArrow', () => {
  test('says of every possible cut that the file is cut off', () => {
    const bytes = writeArrow({ columns: layers, metadata });
    for (let length = 0; length < bytes.length; length++) {
      expect(() => readArrow(bytes.subarray(0, length))).toThrow(
        /cut off|do not begin with "ARROW1"|damaged/,
      );
    }
  });

  test.each([
    [
      'text',
      () => vectorFromArray(['a'], new Utf8()),
      /column "x" has type Utf8; expected FixedSizeList<Float32>/,
    ],
    ['doubles', () => vectorFromArray([1.5], new Float64()), /column "x" has type Float64/],
  ])('refuses a column of %s, naming it', (_, vector, message) => {
    const bytes = tableToIPC(new Table({ x: vector() }), 'file');
    expect(() => readArrow(bytes)).toThrow(message);
  });

  test('refuses what is not an Arrow file', () => {
    expect(() => readArrow(Buffer.from('PAR1 something else'))).toThrow(/do not begin with "ARROW1"/);
  });
});
