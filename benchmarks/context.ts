import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { resolveModel } from '../models/sources/resolve-model.js';
import type { Settings } from '../runtime/settings.js';
import { modelSources } from '../runtime/sources.js';
import { type BenchContext, Missing } from './benchmark.js';
import { peerFile } from './interleaved.js';
import { pythonWith } from './python.js';

const run = promisify(execFile);
const MODEL = 'smollm2-135m-instruct';

export interface BenchOptions {
  /** Holds `<task>/train.jsonl` and `<task>/test.jsonl`. */
  data: string | undefined;
  say: (line: string) => void;
}

export function benchContext(settings: Settings, { data, say }: BenchOptions): Omit<BenchContext, 'rounds'> {
  const folder = join(settings.cache, 'bench');
  const python = once(() => {
    say('  the peers’ Python packages (minutes, when they are missing)');
    return pythonWith({ pins: peerFile('requirements.txt') }, join(settings.cache, 'bench-python'));
  });
  return {
    model: MODEL,
    python,
    peerModel: once(() => exportedModel(settings, { folder: join(folder, MODEL), python })),
    items(task, split) {
      const file = join(data ?? '', task, `${split}.jsonl`);
      if (data !== undefined && existsSync(file)) return file;
      throw new Missing(`the items of ${task} are not here; give the folder that has ${task}/ with --data`);
    },
    threads: settings.threads,
    say,
  };
}

/** The model's weights as the peers read them. */
async function exportedModel(
  settings: Settings,
  { folder, python }: { folder: string; python: () => Promise<string> },
): Promise<string> {
  if (existsSync(folder)) return folder;
  const location = await resolveModel(MODEL, modelSources(settings));
  if (location.format !== 'gguf') throw new Error(`${MODEL} is not a GGUF file`);
  const partial = `${folder}.partial`;
  await rm(partial, { recursive: true, force: true });
  await run(await python(), [peerFile('export_model.py'), location.file, partial]);
  await rename(partial, folder);
  return folder;
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
