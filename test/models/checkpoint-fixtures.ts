import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const fixtures = fileURLToPath(new URL('../fixtures/', import.meta.url));
export const dataFolder = fileURLToPath(new URL('../../data/', import.meta.url));

/** The per-user cache that set-up fills. */
export const cacheFolder =
  process.env.CROSSOVER_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'crossover');

export const smollm2File = join(cacheFolder, 'models/smollm2-135m-instruct/SmolLM2-135M-Instruct.Q4_1.gguf');

/** Tests of the real weights are skipped where set-up has not fetched them. */
export const smollm2Missing = !existsSync(smollm2File);
