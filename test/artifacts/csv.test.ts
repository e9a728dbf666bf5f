import { expect, test } from 'vitest';
import { z } from 'zod';
import { writeCsv } from '../../artifacts/csv.js';

const Row = z.strictObject({
  name: z.string(),
  value: z.number().nullable(),
  count: z.int(),
  list: z.array(z.number()),
  note: z.string().nullable(),
});

function csv(rows: z.infer<typeof Row>[]): string {
  return Buffer.from(writeCsv(rows, Row, 'curves')).toString('utf8');
}

test('writes a header of the schema’s columns even without rows', () => {
  expect(csv([])).toBe('name,value,count,list,note\n');
});

test('writes every digit a number needs, and keeps null apart from empty text', () => {
  expect(
    csv([
      { name: 'a', value: 0.1 + 0.2, count: 0, list: [1, 2.5], note: '' },
      { name: 'b', value: -0, count: 2 ** 53 - 1, list: [], note: null },
    ]),
  ).toBe('name,value,count,list,note\na,0.30000000000000004,0,"[1,2.5]",""\nb,-0,9007199254740991,[],\n');
});

test('quotes commas, quotes and line breaks as RFC 4180 says', () => {
  const row = { value: null, count: 1, list: [], note: 'two\r\nlines' };
  expect(csv([{ ...row, name: 'say "ahoj", světe' }])).toBe(
    'name,value,count,list,note\n"say ""ahoj"", světe",,1,[],"two\r\nlines"\n',
  );
});

test('refuses NaN and names table, row and column', () => {
  const row = { name: 'a', value: 1, count: 1, list: [], note: null };
  expect(() => csv([row, { ...row, value: Number.NaN }])).toThrow(
    /table "curves", row 1, column "value".*NaN/,
  );
});
