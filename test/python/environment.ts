import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const here = fileURLToPath(new URL('.', import.meta.url));

/** Whether tests with real Python readers were asked for; they need the Python package index, once. */
export const wantsPython = process.env.CROSSOVER_PYTHON_READERS === '1' || process.env.CI !== undefined;

/** Runs a script of this folder in an environment with the pinned readers (made when missing) and parses the JSON it prints. */
export async function runPython(script: string, ...args: string[]): Promise<unknown> {
  const python = await pythonWith('requirements.txt');
  const { stdout } = await run(python, [join(here, script), ...args], { maxBuffer: 1 << 30 });
  return JSON.parse(stdout);
}

/**
 * The Python of an environment with the packages that a file of this folder pins; made when missing, which takes a minute. Its
 * folder’s name changes with the pins, and a last file marks it as complete.
 */
export async function pythonWith(pins: string): Promise<string> {
  const requirements = join(here, pins);
  const digest = createHash('sha256')
    .update(await readFile(requirements))
    .digest('hex')
    .slice(0, 16);
  const cache =
    process.env.CROSSOVER_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'crossover');
  const folder = join(cache, 'test-python', digest);
  const python = join(folder, 'bin', 'python');
  const complete = join(folder, 'complete');
  if (existsSync(complete)) return python;
  await rm(folder, { recursive: true, force: true });
  await run('python3', ['-m', 'venv', folder]);
  await run(python, ['-m', 'pip', 'install', '--quiet', '--requirement', requirements]);
  await writeFile(complete, '');
  return python;
}
