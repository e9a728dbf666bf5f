import { writeCsv } from '../artifacts/csv.js';
import { readTable, writeTable } from '../artifacts/parquet.js';
import type { Store } from '../artifacts/store.js';
import type { Fit } from '../evaluation/statistics/fit.js';
import {
  CompositionRow,
  ConvergenceRow,
  DifferenceRow,
  EfficiencyRow,
  FrontRow,
  LeadRow,
  MatchedRow,
} from '../evaluation/statistics/rows.js';
import type { ArtifactRef } from '../schemas/artifact.js';
import { ClaimRow, EvidenceRow } from '../schemas/claims.js';
import type { FitRecord } from '../schemas/stages.js';
import {
  CellRow,
  CrossoverRow,
  CurveRow,
  EpisodeRow,
  FactRow,
  GenerationRow,
  SearchRow,
} from '../schemas/tables.js';
import type { StudiedClaims } from './claims.js';
import { lawFiles, lawSheets, readLaws } from './law-tables.js';
import { episodeRows, type StudyCells, type StudyGroups } from './tables.js';
import { generationRows } from './transcripts.js';

/** What a finished study has to publish beside its page. */
interface Published {
  tables: StudyCells;
  fit: Fit;
  convergence: ConvergenceRow[];
  claims: StudiedClaims | undefined;
}

/** The estimates that a fit stage left. */
export async function readFit(store: Store, record: FitRecord): Promise<Fit> {
  return {
    curves: await readTable(await store.get(record.curves), CurveRow),
    crossovers: await readTable(await store.get(record.crossovers), CrossoverRow),
    differences: await readTable(await store.get(record.differences), DifferenceRow),
    compositions: await readTable(await store.get(record.compositions), CompositionRow),
    efficiencies: await readTable(await store.get(record.efficiencies), EfficiencyRow),
    fronts: await readTable(await store.get(record.fronts), FrontRow),
    matched: await readTable(await store.get(record.matched), MatchedRow),
    leads: await readTable(await store.get(record.leads), LeadRow),
    laws: await readLaws(store, record.laws),
  };
}

/** Every table as Parquet, and those a person opens in a spreadsheet as CSV too. */
export async function tableFiles(
  store: Store,
  record: FitRecord,
  { tables, fit, convergence, claims }: Published,
): Promise<Record<string, ArtifactRef>> {
  const csv: Record<string, Uint8Array> = {
    'facts.csv': writeCsv(tables.facts, FactRow, 'fact'),
    'cells.csv': writeCsv(tables.cells, CellRow, 'cell'),
    'crossover.csv': writeCsv(fit.crossovers, CrossoverRow, 'crossover'),
    'curves.csv': writeCsv(fit.curves, CurveRow, 'curve'),
    'differences.csv': writeCsv(fit.differences, DifferenceRow, 'difference'),
    'compositions.csv': writeCsv(fit.compositions, CompositionRow, 'composition'),
    'efficiencies.csv': writeCsv(fit.efficiencies, EfficiencyRow, 'efficiency'),
    'fronts.csv': writeCsv(fit.fronts, FrontRow, 'front'),
    'leads.csv': writeCsv(fit.leads, LeadRow, 'lead'),
    'matched.csv': writeCsv(fit.matched, MatchedRow, 'matched pair'),
    ...lawSheets(fit.laws),
    'trials.csv': writeCsv(searchRows(tables), SearchRow, 'trial'),
    ...(convergence.length > 0 && {
      'convergence.csv': writeCsv(convergence, ConvergenceRow, 'convergence'),
    }),
    ...(claims === undefined
      ? {}
      : {
          'claims.csv': writeCsv(claims.claims, ClaimRow, 'claim'),
          'claim-evidence.csv': writeCsv(claims.evidence, EvidenceRow, 'evidence'),
        }),
  };
  const sheets = Object.entries(csv).map(
    async ([name, bytes]) => [name, await store.put(bytes, 'csv')] as const,
  );
  return {
    'cells.parquet': record.cells,
    'items.parquet': record.items,
    'crossover.parquet': record.crossovers,
    'curves.parquet': record.curves,
    'differences.parquet': record.differences,
    'compositions.parquet': record.compositions,
    'efficiencies.parquet': record.efficiencies,
    'fronts.parquet': record.fronts,
    'matched.parquet': record.matched,
    'leads.parquet': record.leads,
    ...lawFiles(record.laws),
    ...(record.convergence !== null && { 'convergence.parquet': record.convergence }),
    ...(record.claims !== null && {
      'claims.parquet': record.claims.verdicts,
      'claim-evidence.parquet': record.claims.evidence,
    }),
    ...(await episodeFiles(store, tables)),
    ...(await generationFiles(store, tables)),
    'facts.parquet': await store.put(await writeTable(tables.facts, FactRow, { table: 'facts' }), 'parquet'),
    ...Object.fromEntries(await Promise.all(sheets)),
  };
}

/** Every action of every test episode, where there are such. */
async function episodeFiles(store: Store, tables: StudyCells): Promise<Record<string, ArtifactRef>> {
  const rows = await episodeRows(store, tables);
  if (rows.length === 0) return {};
  const bytes = await writeTable(rows, EpisodeRow, { table: 'episodes' });
  return { 'episodes.parquet': await store.put(bytes, 'parquet') };
}

/** Every generated answer, where there are such. */
async function generationFiles(store: Store, tables: StudyCells): Promise<Record<string, ArtifactRef>> {
  const rows = await generationRows(store, tables.groups);
  if (rows.length === 0) return {};
  const bytes = await writeTable(rows, GenerationRow, { table: 'generations' });
  return { 'generations.parquet': await store.put(bytes, 'parquet') };
}

function searchRows({ groups }: StudyGroups): SearchRow[] {
  return groups.flatMap(({ model, task, stage, seed, cells }) =>
    cells.flatMap(({ n, manifest }) =>
      manifest.trials.map((trial) => ({ model, task, stage, n, seed, ...trial })),
    ),
  );
}
