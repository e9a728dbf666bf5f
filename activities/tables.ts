import { readTable } from '../artifacts/parquet.js';
import type { Store } from '../artifacts/store.js';
import { balancedScore, type ChoiceRow } from '../evaluation/metrics/balanced-accuracy.js';
import { offTargetChange } from '../evaluation/metrics/off-target-change.js';
import type { ArtifactRef } from '../schemas/artifact.js';
import { SampleRow } from '../schemas/item.js';
import type { Pipeline } from '../schemas/pipeline.js';
import { dataStageOf } from '../schemas/pipeline-graph.js';
import { elsewhereName, groupsOf, sampleOf } from '../schemas/plan.js';
import type { GroupCell, GroupRecord, SampleRecord } from '../schemas/stages.js';
import {
  type CellRow,
  type EpisodeRow,
  EpisodeScore,
  type FactRow,
  type ItemRow,
  ItemScore,
  OffTargetRow,
} from '../schemas/tables.js';
import { readGroup, readSample } from './records.js';
import { taskFacts } from './task-facts.js';
import { unparsableTexts } from './transcripts.js';

/** What a study's stages left, group by group, and what is known of its tasks. */
export interface StudyGroups {
  facts: FactRow[];
  groups: GroupRecord[];
  samples: Map<string, SampleRecord>;
}

export interface StudyCells extends StudyGroups {
  cells: CellRow[];
}

/** A study's results as flat tables, in the order of the pipeline. */
export interface StudyTables extends StudyCells {
  items: ItemRow[];
}

/** What tells a cell from the others of its study. */
export type CellPlace = Pick<CellRow, 'model' | 'task' | 'stage' | 'n' | 'seed'>;

interface StudyPart {
  pipeline: Pipeline;
  stages: readonly string[];
}

/** Reads the records of the named stages. */
export async function studyGroups(
  store: Store,
  run: string,
  { pipeline, stages }: StudyPart,
): Promise<StudyGroups> {
  const groups = await groupsOfStages(store, run, pipeline, stages);
  const samples = await samplesOfTasks(store, run, pipeline, stages);
  return { facts: taskFacts(groups, samples), groups, samples };
}

/** All that the tables of these groups depend on, whether their cells were computed or found. */
export function inputsOf({ groups, samples }: StudyGroups): unknown {
  const known = groups.map(({ cells, ...group }) => ({
    ...group,
    cells: cells.map(({ n, key, manifest }) => ({ n, key, manifest })),
  }));
  return { groups: known, samples: [...samples] };
}

/** Lays the cells and items of groups out as rows. */
export async function studyTables(store: Store, read: StudyGroups): Promise<StudyTables> {
  const baselines = new Map<string, CellRow>();
  const tables: StudyTables = { cells: [], items: [], ...read };
  const choices = await choicesOf(store, read.samples);
  const baselinesFirst = [...read.groups].sort(
    (a, b) => Number(b.kind === 'baseline') - Number(a.kind === 'baseline'),
  );
  for (const judgement of judgements(baselinesFirst)) {
    const { group, task } = judgement;
    const place = JSON.stringify([group.model, task]);
    const { row, items } = await flatten(store, {
      ...judgement,
      sample: sampleFor(read.samples, task),
      baseline: baselines.get(place),
      choices: choices.get(task) ?? new Map(),
    });
    if (group.kind === 'baseline') baselines.set(place, row);
    tables.cells.push(row);
    tables.items.push(...items);
  }
  return tables;
}

/** Item rows of the cells that are asked for; those of a failed cell are none. */
export async function itemRows(
  store: Store,
  { groups }: StudyGroups,
  wanted: (cell: CellPlace) => boolean,
): Promise<ItemRow[]> {
  const rows: ItemRow[] = [];
  for (const judgement of judgements(groups)) {
    const { group, cell, task } = judgement;
    const { model, stage, seed } = group;
    if (wanted({ model, task, stage, n: cell.n, seed })) rows.push(...(await cellItems(store, judgement)));
  }
  return rows;
}

/** Rows of all test episodes, of tasks that have such. */
export async function episodeRows(store: Store, { groups }: StudyGroups): Promise<EpisodeRow[]> {
  const rows: EpisodeRow[] = [];
  for (const { model, task, stage, method, seed, cells } of groups) {
    for (const { n, manifest } of cells) {
      if (manifest.episodes === null) continue;
      const own = await readTable(await store.get(manifest.episodes), EpisodeScore);
      rows.push(...own.map((episode) => ({ model, task, stage, method, n, seed, ...episode })));
    }
  }
  return rows;
}

async function groupsOfStages(
  store: Store,
  run: string,
  pipeline: Pipeline,
  stages: readonly string[],
): Promise<GroupRecord[]> {
  const wanted = stages.flatMap((stage) => groupsOf(pipeline, stage).map((group) => ({ stage, group })));
  return Promise.all(wanted.map(({ stage, group }) => readGroup(store, run, stage, group)));
}

/** One sample record a task: the test items are the same for every seed. */
async function samplesOfTasks(
  store: Store,
  run: string,
  pipeline: Pipeline,
  stages: readonly string[],
): Promise<Map<string, SampleRecord>> {
  const data = stages.map((stage) => dataStageOf(pipeline, stage)).find((name) => name !== undefined);
  if (data === undefined) throw new Error(`stages ${stages.join(', ')} draw on no sample stage`);
  const [seed = 0] = sampleOf(pipeline, data).seeds;
  const records = await Promise.all(
    pipeline.tasks.map((task) => readSample(store, run, data, { task, seed })),
  );
  return new Map(
    records.flatMap((record) => [record, ...recordsElsewhere(record)]).map((record) => [record.task, record]),
  );
}

/** The other tasks that a task's treatments are judged on, each as a task of its own. */
function recordsElsewhere({ task, seed, pool, elsewhere }: SampleRecord): SampleRecord[] {
  return elsewhere.map(({ task: other, card, test, episodes, chance }) => {
    const name = elsewhereName(task, other);
    const named = { ...card, name };
    return { task: name, card: named, seed, test, pool, episodes, elsewhere: [], chance, shortcuts: [] };
  });
}

/** A cell as it was judged on one task. */
interface Judgement {
  group: GroupRecord;
  cell: GroupCell;
  task: string;
  /** None when the cell failed. */
  scores: ArtifactRef | null;
}

/** Every cell on its own task, and on the others it was judged on. */
function* judgements(groups: readonly GroupRecord[]): Generator<Judgement> {
  for (const group of groups) {
    for (const cell of group.cells) {
      const { scores, elsewhere } = cell.manifest;
      yield { group, cell, task: group.task, scores };
      for (const other of elsewhere) {
        yield { group, cell, task: elsewhereName(group.task, other.task), scores: other.scores };
      }
    }
  }
}

function sampleFor(samples: Map<string, SampleRecord>, task: string): SampleRecord {
  const found = samples.get(task);
  if (found === undefined) throw new Error(`task "${task}" has no sample record`);
  return found;
}

interface Flattening {
  sample: SampleRecord;
  baseline: CellRow | undefined;
  /** The test items that are choices, by their id. */
  choices: ReadonlyMap<string, Pick<SampleRow, 'options' | 'label'>>;
}

/** By task, the test items that are a choice among options; of others there are none. */
async function choicesOf(
  store: Store,
  samples: ReadonlyMap<string, SampleRecord>,
): Promise<Map<string, Flattening['choices']>> {
  const known = new Map<string, Flattening['choices']>();
  for (const [task, { card, episodes, test }] of samples) {
    if (episodes !== null || typeof card.scoring === 'object') continue;
    const rows = await readTable(await store.get(test), SampleRow);
    known.set(task, new Map(rows.map((row) => [row.id, row])));
  }
  return known;
}

async function flatten(
  store: Store,
  { sample, baseline, choices, ...judgement }: Judgement & Flattening,
): Promise<{ row: CellRow; items: ItemRow[] }> {
  const { group, cell, task } = judgement;
  const { model, stage, method, seed } = group;
  const { manifest, n, key } = cell;
  const items = await cellItems(store, judgement);
  const windows =
    manifest.offTarget === null ? [] : await readTable(await store.get(manifest.offTarget), OffTargetRow);
  const unparsable = task === group.task ? await unparsableTexts(store, manifest, sample) : [];
  const answered = items.flatMap(({ item, correct }): ChoiceRow[] => {
    const choice = choices.get(item);
    return choice === undefined ? [] : [{ ...choice, correct }];
  });
  const mean = (values: number[]) =>
    values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
  const score = mean(items.map(({ correct }) => Number(correct)));
  const margin = mean(items.map((item) => item.margin));
  const change = windows.length === 0 ? undefined : offTargetChange(windows);
  const chosen = manifest.trials.filter((trial) => trial.chosen);
  const row: CellRow = {
    model,
    task,
    task_type: sample.card.type,
    stage,
    method,
    n,
    seed,
    status: manifest.status,
    reason: manifest.reason,
    items: items.length,
    chance: sample.chance,
    score,
    balanced_score: balancedScore(answered),
    unparsable: mean(unparsable.map(Number)),
    contrast: n === 0 ? null : contrastOf(sample),
    margin,
    gain: minus(score, group.kind === 'baseline' ? score : baseline?.score),
    margin_gain: minus(margin, group.kind === 'baseline' ? margin : baseline?.margin),
    kl: change?.kl ?? null,
    reverse_kl: change?.reverseKl ?? null,
    perplexity_ratio: change?.perplexityRatio ?? null,
    validation_score: chosen.at(-1)?.score ?? null,
    chosen:
      chosen.length === 0 ? null : JSON.stringify(Object.assign({}, ...chosen.map(({ setting }) => setting))),
    trials: manifest.trials.length,
    trainable_parameters: manifest.cost.trainableParameters,
    treatment_bytes: manifest.cost.treatmentBytes,
    flops_method: manifest.cost.flopsMethod,
    flops_method_backward: manifest.cost.flopsMethodBackward,
    flops_search: manifest.cost.flopsSearch,
    flops_search_backward: manifest.cost.flopsSearchBackward,
    flops_evaluation: manifest.cost.flopsEvaluation,
    seconds: manifest.cost.seconds,
    peak_memory_bytes: manifest.cost.peakMemoryBytes,
    key,
  };
  return { row, items };
}

function contrastOf({ card, episodes }: SampleRecord): CellRow['contrast'] {
  return card.contrast ?? (episodes === null ? 'wrong options' : 'other actions');
}

async function cellItems(store: Store, { group, cell, task, scores }: Judgement): Promise<ItemRow[]> {
  if (scores === null) return [];
  const { model, stage, method, seed } = group;
  const rows = await readTable(await store.get(scores), ItemScore);
  return rows.map((item) => ({ model, task, stage, method, n: cell.n, seed, ...item }));
}

function minus(value: number | null, base: number | null | undefined): number | null {
  return value === null || base === null || base === undefined ? null : value - base;
}
