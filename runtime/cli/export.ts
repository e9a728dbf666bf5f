import { existsSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { readRecord, studyRecordName } from '../../activities/records.js';
import { readCell } from '../../artifacts/cells.js';
import { writeFileDurably } from '../../artifacts/durable-file.js';
import type { TransformerConfig } from '../../models/config.js';
import { controlVectorBytes } from '../../models/interchange/control-vector.js';
import { writePeftAdapter } from '../../models/interchange/write-peft-adapter.js';
import { disposeTreatment } from '../../models/treatment.js';
import { treatmentFromSafetensors } from '../../models/treatment-file.js';
import { InvalidInput } from '../../schemas/invalid-input.js';
import { memberOf } from '../../schemas/member-names.js';
import { Pipeline } from '../../schemas/pipeline.js';
import { CellManifest, StudyRecord } from '../../schemas/stages.js';
import { finishedRun, type ListedCell, listedCells } from '../finished-run.js';
import { openCheckpoint } from '../open-checkpoint.js';
import { openStore } from '../open-store.js';
import { readSettings, type Settings } from '../settings.js';
import { modelSources } from '../sources.js';

export interface ExportOptions {
  stage: string;
  task: string;
  n: number;
  seed: number;
  model?: string;
  to: 'peft' | 'gguf' | 'safetensors';
  out: string;
}

/** Writes the treatment of one cell of a finished study in a form that other programs read. */
export async function exportTreatment(run: string, options: ExportOptions): Promise<void> {
  const settings = readSettings(process.env, process.cwd());
  const folder = finishedRun(settings, run);
  const cell = chosenCell(listedCells(folder), options);
  if (existsSync(options.out))
    throw new InvalidInput(`--out ${options.out}: it is there already; name a new path, or remove it`);
  const bytes = await storedTreatment(cell, settings);
  await writeAs(options, bytes, {
    cell,
    config: () => configOf(cell.model, { run: basename(folder), settings }),
  });
  process.stdout.write(`${options.out}  ${options.to} · ${describe(cell)}\n`);
}

function chosenCell(
  cells: readonly ListedCell[],
  { stage, task, n, seed, model }: ExportOptions,
): ListedCell {
  const found = cells.filter(
    (cell) =>
      cell.stage === stage &&
      cell.task === task &&
      cell.n === n &&
      cell.seed === seed &&
      (model === undefined || cell.model === model),
  );
  const [cell, another] = found;
  if (cell !== undefined && another === undefined) return cell;
  if (cell !== undefined)
    throw new InvalidInput(
      `the cell is there for several models; add --model with one of: ${listed(found, 'model')}`,
    );
  const of = model === undefined ? '' : ` of model ${model}`;
  throw new InvalidInput(
    `no cell --stage ${stage} --task ${task} --n ${n} --seed ${seed}${of}; found stages ${listed(cells, 'stage')}; tasks ${listed(cells, 'task')}; n ${listed(cells, 'n')}; seeds ${listed(cells, 'seed')}; models ${listed(cells, 'model')}`,
  );
}

function listed(cells: readonly ListedCell[], field: keyof ListedCell): string {
  return [...new Set(cells.map((cell) => cell[field]))].join(', ');
}

async function storedTreatment(cell: ListedCell, settings: Settings): Promise<Uint8Array> {
  const store = openStore(settings);
  const manifest = await readCell(store, cell.key);
  if (manifest === undefined)
    throw new InvalidInput(
      `${describe(cell)}: the store ${settings.store} has no such cell; it failed (see the report), or the study ran with another store`,
    );
  const { treatment } = CellManifest.parse(manifest);
  if (treatment === null)
    throw new InvalidInput(
      `${describe(cell)}: no treatment is stored; it is the base model, or weights too large to be kept`,
    );
  return store.get(treatment);
}

async function writeAs(
  { to, out }: ExportOptions,
  bytes: Uint8Array,
  { cell, config }: { cell: ListedCell; config: () => Promise<TransformerConfig | undefined> },
): Promise<void> {
  if (to === 'safetensors') return writeFileDurably(resolve(out), bytes);
  const treatment = treatmentFromSafetensors(bytes, describe(cell));
  try {
    const model = await config();
    if (to === 'peft') return await writePeftAdapter(treatment, { base: cell.model, folder: out, model });
    const modelHint = model?.architecture ?? 'llama';
    await writeFileDurably(resolve(out), controlVectorBytes(treatment, { modelHint }));
  } finally {
    disposeTreatment(treatment);
  }
}

/** The config of a cell's model; undefined for one that the study made itself, which is a Llama. */
async function configOf(
  model: string,
  { run, settings }: { run: string; settings: Settings },
): Promise<TransformerConfig | undefined> {
  const store = openStore(settings);
  const record = studyRecordName(run);
  if ((await store.readPointer(record)) !== undefined) {
    const { pipeline } = await readRecord(store, record, StudyRecord);
    const text = Buffer.from(await store.get(pipeline)).toString('utf8');
    if (memberOf(Pipeline.parse(JSON.parse(text)), model) !== undefined) return undefined;
  }
  return (await openCheckpoint(model, modelSources(settings))).config;
}

function describe({ stage, model, task, n, seed }: ListedCell): string {
  return `${stage} · ${model} · ${task} · N=${n} · seed ${seed}`;
}
