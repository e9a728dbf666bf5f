import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { MANIFEST } from '../artifacts/run-folder.js';
import { InvalidInput } from '../schemas/invalid-input.js';
import { didYouMean } from '../schemas/suggestion.js';
import type { Settings } from './settings.js';

/** A cell as the manifest of a finished study lists it; `key` finds it in the store. */
const ListedCell = z.object({
  key: z.string(),
  stage: z.string(),
  model: z.string(),
  task: z.string(),
  n: z.number(),
  seed: z.number(),
});
export type ListedCell = z.infer<typeof ListedCell>;

/**
 * The folder of a finished study; of the newest one when none is named.
 * @throws InvalidInput when there is none
 */
export function finishedRun({ runs }: Pick<Settings, 'runs'>, run: string | undefined): string {
  const found = existsSync(runs)
    ? readdirSync(runs).filter((name) => existsSync(join(runs, name, MANIFEST)))
    : [];
  if (run !== undefined) {
    if (found.includes(run)) return join(runs, run);
    throw new InvalidInput(
      `no finished study "${run}" in ${runs}${didYouMean(run, found)}; found: ${found.join(', ') || 'none'}`,
    );
  }
  const newest = found.sort((a, b) => age(runs, a) - age(runs, b))[0];
  if (newest === undefined)
    throw new InvalidInput(
      `no finished study in ${runs}; start one with: crossover run pipelines/quickstart.yaml`,
    );
  return join(runs, newest);
}

/** The cells that a finished study rests on. */
export function listedCells(folder: string): ListedCell[] {
  const manifest: unknown = JSON.parse(readFileSync(join(folder, MANIFEST), 'utf8'));
  return z.object({ cells: z.array(ListedCell) }).parse(manifest).cells;
}

function age(runs: string, run: string): number {
  return Date.now() - statSync(join(runs, run, MANIFEST)).mtimeMs;
}
