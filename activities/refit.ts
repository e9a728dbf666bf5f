import { join } from 'node:path';
import { contentOf } from '../artifacts/file-lookup.js';
import { readTable } from '../artifacts/parquet.js';
import type { FitOptions } from '../evaluation/statistics/fit.js';
import { InvalidInput } from '../schemas/invalid-input.js';
import { CellRow, FactRow, ItemRow } from '../schemas/tables.js';
import { estimatesOf, type StudyRows } from './estimates.js';
import { fitPlan } from './fit-plan.js';
import { claimsOf, type Published, publishedFit, readerOf, readManifest } from './published-study.js';
import { redraw } from './redraw.js';
import { csvFiles, estimateTables, parquetFiles, type TableReader } from './study-tables.js';

const ITEMS = 'items.parquet';

/**
 * Makes all estimates of a finished study anew from its published results, and the page from them; no store is needed. How
 * vectors settle stays as it was: no table has the vectors. The same code makes the same bytes.
 * @returns names of the files that were made
 * @throws InvalidInput when the folder has no results of single items, or lacks another file
 */
export async function refitTables(
  folder: string,
  { loadClaims, drawn, onTask }: Pick<Published, 'loadClaims' | 'drawn'> & Pick<FitOptions, 'onTask'>,
): Promise<string[]> {
  const file = (name: string) => contentOf(join(folder, name));
  const read = readerOf(file);
  const { pipeline } = await readManifest(read);
  const { stage } = publishedFit(pipeline);
  // Verdicts are given anew by the words they were given by, or not at all.
  await claimsOf(stage, { read, loadClaims });
  const plan = await fitPlan(pipeline, stage, loadClaims);
  const tables = estimateTables(estimatesOf(await studyRows(file, read), plan, onTask));
  const sheets = Object.entries(csvFiles(tables)).map(async ([name, bytes]) =>
    (await file(name)) === undefined ? [] : [[name, bytes] as const],
  );
  const made = {
    ...(await parquetFiles(tables)),
    // Who keeps a study without its spreadsheets is not given any.
    ...Object.fromEntries((await Promise.all(sheets)).flat()),
  };
  const pages = await redraw(folder, { loadClaims, drawn, estimated: drawn, tables: made });
  return [...Object.keys(made), ...pages];
}

async function studyRows(
  file: (name: string) => Promise<Uint8Array | undefined>,
  read: TableReader,
): Promise<StudyRows> {
  const items = await file(ITEMS);
  if (items === undefined)
    throw new InvalidInput(
      `found no ${ITEMS} in the folder of the study: estimates are made of the results of single items`,
    );
  return {
    items: await readTable(items, ItemRow),
    cells: await readTable(await read('cells.parquet'), CellRow),
    facts: await readTable(await read('facts.parquet'), FactRow),
  };
}
