import { expect, it } from 'vitest';
import { csvRows } from '../../../evaluation/tasks/csv-rows.js';

const cells = (text: string) => csvRows(text, 'rows.csv').map((row) => Object.values(row.fields));
const linesOf = (text: string) => csvRows(text, 'rows.csv').map((row) => row.place.line);

it.each([
  ['plain cells', 'a,b\n1,2\n', [['1', '2']]],
  ['no last line break', 'a,b\n1,2', [['1', '2']]],
  ['Windows line breaks', 'a,b\r\n1,2\r\n', [['1', '2']]],
  ['a byte order mark', '\uFEFFa,b\n1,2\n', [['1', '2']]],
  [
    'empty cells',
    'a,b\n,\n1,\n',
    [
      ['', ''],
      ['1', ''],
    ],
  ],
  ['blank lines', 'a,b\n\n1,2\n\n', [['1', '2']]],
  [
    'commas, quotes and line breaks in quotes',
    'a,b\n"1,5","say ""x""\nagain"\n',
    [['1,5', 'say "x"\nagain']],
  ],
  ['one empty quoted cell', 'a\n""\n', [['']]],
  ['a header alone', 'a,b\n', []],
])('reads %s', (_what, text, expected) => {
  expect(cells(text)).toEqual(expected);
});

it('knows the line a record starts on', () => {
  expect(linesOf('a\n"1\n2"\n3\n')).toEqual([2, 4]);
});

it.each([
  [
    'a short record',
    'a,b\n1\n',
    'rows.csv:2: found 1 cells, expected 2 as in the header; a cell with a comma',
  ],
  ['a quote without end', 'a\n1\n"2\n3', 'rows.csv:3:1: found a double quote inside or without end'],
  ['text after a quoted cell', 'a,b\n1,"1"2\n', 'rows.csv:2:3: found a double quote inside or without end'],
  ['a column twice', 'a,a\n1,2\n', 'rows.csv:1: found the column "a" twice'],
])('refuses %s, naming the line', (_what, text, message) => {
  expect(() => csvRows(text, 'rows.csv')).toThrow(message);
});
