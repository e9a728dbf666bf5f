import { writeCsv } from '../artifacts/csv.js';
import { readTable, writeTable } from '../artifacts/parquet.js';
import type { Store } from '../artifacts/store.js';
import { LAW_TABLES, type LawTable, type LawTables } from '../evaluation/statistics/laws/law-tables.js';
import type { ArtifactRef } from '../schemas/artifact.js';
import type { FitRecord } from '../schemas/stages.js';

type OfEach<T> = Record<LawTable, T>;

/** Stores every table of laws as Parquet. */
export async function storeLaws(store: Store, tables: LawTables): Promise<FitRecord['laws']> {
  return ofEach(async (table) => {
    const { name, row } = LAW_TABLES[table];
    return store.put(await writeTable(tables[table], row, { table: name }), 'parquet');
  });
}

/** The tables of laws, by the names they are published by. */
export async function readLaws(read: (name: string) => Promise<Uint8Array>): Promise<LawTables> {
  const bytes = await ofEach((table) => read(`${LAW_TABLES[table].name}.parquet`));
  return {
    laws: await readTable(bytes.laws, LAW_TABLES.laws.row),
    curves: await readTable(bytes.curves, LAW_TABLES.curves.row),
    crossovers: await readTable(bytes.crossovers, LAW_TABLES.crossovers.row),
    targets: await readTable(bytes.targets, LAW_TABLES.targets.row),
    transfers: await readTable(bytes.transfers, LAW_TABLES.transfers.row),
    scaling: await readTable(bytes.scaling, LAW_TABLES.scaling.row),
    scalingPoints: await readTable(bytes.scalingPoints, LAW_TABLES.scalingPoints.row),
    trends: await readTable(bytes.trends, LAW_TABLES.trends.row),
    selectivity: await readTable(bytes.selectivity, LAW_TABLES.selectivity.row),
  };
}

/** The stored tables under the names they are published by. */
export function lawFiles(laws: FitRecord['laws']): Record<string, ArtifactRef> {
  return Object.fromEntries(lawTables().map((table) => [`${LAW_TABLES[table].name}.parquet`, laws[table]]));
}

/** Every table of laws as CSV, by file name. */
export function lawSheets(tables: LawTables): Record<string, Uint8Array> {
  const sheet = (table: LawTable) => {
    const { name, row } = LAW_TABLES[table];
    return [`${name}.csv`, writeCsv(tables[table], row, name)] as const;
  };
  return Object.fromEntries(lawTables().map(sheet));
}

function lawTables(): LawTable[] {
  return Object.keys(LAW_TABLES) as LawTable[];
}

async function ofEach<T>(make: (table: LawTable) => Promise<T>): Promise<OfEach<T>> {
  const made = lawTables().map(async (table) => [table, await make(table)] as const);
  return Object.fromEntries(await Promise.all(made)) as OfEach<T>;
}
