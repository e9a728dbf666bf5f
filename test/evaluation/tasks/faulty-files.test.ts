import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
import { readRows } from '../../../evaluation/tasks/rows.js';
import { fixtures, folderOf, loadFiles } from './folders.js';

/** Reads rows from a file of this name and content. */
async function rowsOf(name: string, content: string | Uint8Array, at?: string) {
  const file = path.join(await folderOf({ [name]: '' }), name);
  await writeFile(file, content);
  return readRows(file, { at });
}

const faults: [fault: string, name: string, content: string, error: string][] = [
  [
    'JSON that is cut',
    'rows.json',
    '[\n  {"a": 1},\n  {"a": ',
    'rows.json:3:9: found the end of the text, expected a JSON value',
  ],
  [
    'JSON with a comma too many',
    'rows.json',
    '[{"a": 1},\n]',
    'rows.json:2:1: found "]", expected a JSON value',
  ],
  ['JSON of one number', 'rows.json', '1', 'rows.json: found a number, expected a list of objects'],
  [
    'JSON that holds its rows deeper',
    'rows.json',
    '{"version": 1, "examples": [{}], "tests": []}',
    'rows.json: found an object, expected a list of objects; source.rows_at is the field that holds one: "examples", "tests"',
  ],
  [
    'JSON with a row that is a text',
    'rows.json',
    '[{"a": 1}, "b"]',
    'rows.json, row 2: found a string, expected an object',
  ],
  ['an empty list', 'rows.json', '[]', 'rows.json: found no rows, expected at least one'],
  ['null in a line', 'rows.jsonl', '{}\nnull\n', 'rows.jsonl:2: found null, expected one JSON object a line'],
  ['a header alone', 'rows.csv', 'a,b\n', 'rows.csv: found no rows, expected at least one'],
  [
    'text where Parquet should be',
    'rows.parquet',
    '<html>Too many requests</html>',
    'rows.parquet: not a readable Parquet file (',
  ],
];

it.each(faults)('a file of %s is an error that names its place', async (_fault, name, content, error) => {
  await expect(rowsOf(name, content)).rejects.toThrow(error);
});

it('rows that are looked for in a field that is none say which fields hold some', async () => {
  await expect(rowsOf('rows.json', '{"data": [{}]}', 'rows')).rejects.toThrow(
    'rows.json: found nothing in "rows", expected a list of objects; source.rows_at is the field that holds one: "data"',
  );
});

it('bytes that are not UTF-8 are an error that names their line', async () => {
  const latin1 = Buffer.from('{"a": "grün"}\n', 'latin1');
  for (const [before, line] of [
    ['', 1],
    ['{"a": "grün"}\n{}\n', 3],
  ] as const)
    await expect(rowsOf('rows.jsonl', Buffer.concat([Buffer.from(before), latin1]))).rejects.toThrow(
      `rows.jsonl:${line}: found bytes that are not UTF-8; save the file as UTF-8`,
    );
});

it('Parquet that is cut anywhere is an error and never fewer rows', async () => {
  const whole = await readFile(path.join(fixtures, 'colours.parquet'));
  const rows = await rowsOf('rows.parquet', whole);
  expect(rows.length).toBe(4);
  for (let length = 0; length < whole.length; length += 97)
    await expect(rowsOf('rows.parquet', whole.subarray(0, length))).rejects.toThrow(
      'rows.parquet: not a readable Parquet file (',
    );
});

it('a column that Parquet does not have is an error that names the row and the columns', async () => {
  const task = 'name: mine\ntype: capability\n';
  await expect(
    loadFiles({
      'task.yaml': `${task}source: { from: rows, pool: '${fixtures}/colours.parquet' }
template: { prompt: '{question}', options: '{options}', label: '{label}' }`,
    }),
  ).rejects.toThrow(
    /colours\.parquet, row 1: field "question" \(of the template's prompt\): found nothing; the row has "prompt", "options", "label"/,
  );
});
