import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { packageRoot } from './package-root.js';

/**
 * Brings a bundled model into the cache by the steps of the set-up, each file checked against its hash.
 * @throws with what the set-up says when it cannot be had
 */
export async function fetchBundledModel(name: string, { cache }: { cache: string }): Promise<void> {
  process.stderr.write(`Fetching ${name} into ${join(cache, 'models', name)}, its terms beside it\n`);
  const script = join(packageRoot, 'runtime', 'setup', 'get-model.mjs');
  try {
    await promisify(execFile)(process.execPath, [script, name], {
      env: { ...process.env, CROSSOVER_CACHE: cache },
    });
  } catch (cause) {
    const said = cause instanceof Error && 'stderr' in cause ? String(cause.stderr).trim() : String(cause);
    throw new Error(`Model ${name} could not be fetched: ${said}`, { cause });
  }
}
