import type { z } from 'zod';
import { writeCsv } from '../artifacts/csv.js';
import { readTable, writeTable } from '../artifacts/parquet.js';
import type { Fit } from '../evaluation/statistics/fit.js';
import { LAW_TABLES, type LawTable } from '../evaluation/statistics/laws/law-tables.js';
import {
  CompositionRow,
  ConvergenceRow,
  DifferenceRow,
  EfficiencyRow,
  FrontRow,
  LeadRow,
  MatchedRow,
} from '../evaluation/statistics/rows.js';
import { ClaimRow, EvidenceRow } from '../schemas/claims.js';
import { CellRow, CrossoverRow, CurveRow, FactRow, ItemRow } from '../schemas/tables.js';
import type { Estimates, StudyRows } from './estimates.js';

/** The rows of a table, and what a row is. */
export interface Table {
  rows: readonly Record<string, unknown>[];
  row: z.ZodObject;
}

/** Tables of a study, by the name that they are published by. */
export type Tables = Record<string, Table>;

/** Gives the bytes of a file by the name it is published by. */
export type TableReader = (file: string) => Promise<Uint8Array>;

export function table<S extends z.ZodObject>(row: S, rows: readonly z.infer<S>[]): Table {
  return { row, rows };
}

/** What estimates are made of. */
export function resultTables({ cells, items, facts }: StudyRows): Tables {
  return { cells: table(CellRow, cells), items: table(ItemRow, items), facts: table(FactRow, facts) };
}

/** What is estimated. How vectors settle is a table where a study makes vectors, verdicts on claims where it has some. */
export function estimateTables({
  fit,
  claims,
  convergence,
}: Estimates & { convergence?: ConvergenceRow[] | undefined }): Tables {
  return {
    curves: table(CurveRow, fit.curves),
    crossover: table(CrossoverRow, fit.crossovers),
    differences: table(DifferenceRow, fit.differences),
    compositions: table(CompositionRow, fit.compositions),
    efficiencies: table(EfficiencyRow, fit.efficiencies),
    fronts: table(FrontRow, fit.fronts),
    matched: table(MatchedRow, fit.matched),
    leads: table(LeadRow, fit.leads),
    ...lawTables(fit),
    ...(convergence && { convergence: table(ConvergenceRow, convergence) }),
    ...(claims && {
      claims: table(ClaimRow, claims.claims),
      'claim-evidence': table(EvidenceRow, claims.evidence),
    }),
  };
}

/** The estimates of `estimateTables`, from their Parquet files. */
export async function readFit(read: TableReader): Promise<Fit> {
  const rows = async <S extends z.ZodObject>(name: string, row: S) =>
    readTable(await read(`${name}.parquet`), row);
  return {
    curves: await rows('curves', CurveRow),
    crossovers: await rows('crossover', CrossoverRow),
    differences: await rows('differences', DifferenceRow),
    compositions: await rows('compositions', CompositionRow),
    efficiencies: await rows('efficiencies', EfficiencyRow),
    fronts: await rows('fronts', FrontRow),
    matched: await rows('matched', MatchedRow),
    leads: await rows('leads', LeadRow),
    laws: {
      laws: await rows(LAW_TABLES.laws.name, LAW_TABLES.laws.row),
      curves: await rows(LAW_TABLES.curves.name, LAW_TABLES.curves.row),
      crossovers: await rows(LAW_TABLES.crossovers.name, LAW_TABLES.crossovers.row),
      targets: await rows(LAW_TABLES.targets.name, LAW_TABLES.targets.row),
      transfers: await rows(LAW_TABLES.transfers.name, LAW_TABLES.transfers.row),
      scaling: await rows(LAW_TABLES.scaling.name, LAW_TABLES.scaling.row),
      scalingPoints: await rows(LAW_TABLES.scalingPoints.name, LAW_TABLES.scalingPoints.row),
      trends: await rows(LAW_TABLES.trends.name, LAW_TABLES.trends.row),
      selectivity: await rows(LAW_TABLES.selectivity.name, LAW_TABLES.selectivity.row),
    },
  };
}

/** Each table as a Parquet file. */
export async function parquetFiles(tables: Tables): Promise<Record<string, Uint8Array>> {
  const files = Object.entries(tables).map(
    async ([name, { rows, row }]) =>
      [`${name}.parquet`, await writeTable(rows, row, { table: name })] as const,
  );
  return Object.fromEntries(await Promise.all(files));
}

/** Each table as a CSV file, which a person opens in a spreadsheet. */
export function csvFiles(tables: Tables): Record<string, Uint8Array> {
  return Object.fromEntries(
    Object.entries(tables).map(([name, { rows, row }]) => [`${name}.csv`, writeCsv(rows, row, name)]),
  );
}

function lawTables({ laws }: Fit): Tables {
  const names = Object.keys(LAW_TABLES) as LawTable[];
  return Object.fromEntries(
    names.map((name) => [LAW_TABLES[name].name, { row: LAW_TABLES[name].row, rows: laws[name] }]),
  );
}
