import type { Row } from './rows.js';
import { TaskError } from './task-error.js';

interface CsvRecord {
  cells: string[];
  line: number;
}

/** RFC 4180 with a header line: quoted cells may hold commas, doubled quotes and line breaks. Every cell is a text. */
export function csvRows(text: string, file: string): Row[] {
  const [header, ...records] = csvRecords(text.replace(/^\uFEFF/, ''), file);
  if (!header) return [];
  const repeated = header.cells.find((name, index) => header.cells.indexOf(name) !== index);
  if (repeated !== undefined) {
    throw new TaskError(`found the column "${repeated}" twice, expected different names`, {
      file,
      line: header.line,
    });
  }
  return records.map(({ cells, line }) => {
    if (cells.length !== header.cells.length) {
      throw new TaskError(
        `found ${cells.length} cells, expected ${header.cells.length} as in the header; a cell with a comma must be in double quotes`,
        {
          file,
          line,
        },
      );
    }
    return {
      fields: Object.fromEntries(header.cells.map((name, index) => [name, cells[index]])),
      place: { file, line },
    };
  });
}

const cell = /(?:"([^"]*(?:""[^"]*)*)"|([^",\r\n]*))(,|\r?\n|$)/y;

function csvRecords(text: string, file: string): CsvRecord[] {
  const records: CsvRecord[] = [];
  let line = 1;
  let record: CsvRecord = { cells: [], line };
  cell.lastIndex = 0;
  while (cell.lastIndex < text.length || record.cells.length > 0) {
    const start = cell.lastIndex;
    const found = cell.exec(text);
    if (!found)
      throw new TaskError(
        'found a double quote inside or without end, expected a quoted cell with each quote in it doubled',
        { file, line, column: start - text.lastIndexOf('\n', start - 1) },
      );
    const [matched, quoted, plain, end] = found;
    record.cells.push(quoted?.replaceAll('""', '"') ?? plain ?? '');
    line += matched.split('\n').length - 1;
    if (end === ',') continue;
    const blank = record.cells.length === 1 && record.cells[0] === '' && quoted === undefined;
    if (!blank) records.push(record);
    record = { cells: [], line };
  }
  return records;
}
