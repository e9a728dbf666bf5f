import { readTable } from '../artifacts/parquet.js';
import type { Store } from '../artifacts/store.js';
import { NO_SUCH_ACTION } from '../evaluation/environments/episodes.js';
import type { ArtifactRef } from '../schemas/artifact.js';
import type { CellManifest, GroupRecord, SampleRecord } from '../schemas/stages.js';
import { EpisodeScore, type GenerationRow, GenerationScore } from '../schemas/tables.js';

/** Every generated answer, of tasks whose answers are such. */
export async function generationRows(store: Store, groups: readonly GroupRecord[]): Promise<GenerationRow[]> {
  const rows: GenerationRow[] = [];
  for (const { model, task, stage, method, seed, cells } of groups) {
    for (const { n, manifest } of cells) {
      const own = await generationsOf(store, manifest.generations);
      rows.push(...own.map((generation) => ({ model, task, stage, method, n, seed, ...generation })));
    }
  }
  return rows;
}

/** For every test item that is written: whether what was written is no answer, or no action. */
export async function unparsableTexts(
  store: Store,
  { generations, episodes }: CellManifest,
  { card }: SampleRecord,
): Promise<boolean[]> {
  if (typeof card.scoring !== 'object') return [];
  if (episodes === null)
    return (await generationsOf(store, generations)).map(({ outcome }) => outcome === 'unparsable');
  const own = await readTable(await store.get(episodes), EpisodeScore);
  return own.map(({ outcome }) => outcome === NO_SUCH_ACTION);
}

async function generationsOf(store: Store, reference: ArtifactRef | null): Promise<GenerationScore[]> {
  return reference === null ? [] : readTable(await store.get(reference), GenerationScore);
}
