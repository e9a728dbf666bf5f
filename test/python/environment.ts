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

/** Whether comparisons with PyTorch’s libraries were asked for; their environment takes minutes to make and 6.3 GB of the cache. */
export const wantsMethods = process.env.CROSSOVER_PYTHON_METHODS === '1';

/** Runs a script of this folder in an environment with the pinned readers (made when missing) and parses the JSON it prints. */
export async function runPython(script: string, ...args: string[]): Promise<unknown> {
  return JSON.parse(await printed(await pythonWith('requirements.txt'), [join(here, script), ...args]));
}

/** The same with PyTorch and the libraries of the field; what the script prints last is JSON. */
export async function runMethods(script: string, ...args: string[]): Promise<unknown> {
  const python = await methodsPython();
  const lines = (await printed(python, [join(here, script), ...args])).trim().split('\n');
  return JSON.parse(lines.at(-1) ?? '');
}

export function methodsPython(): Promise<string> {
  return pythonWith('requirements-methods.txt', 'requirements-methods-alone.txt');
}

async function printed(python: string, args: string[]): Promise<string> {
  // Bytecode would lie about in the source tree.
  const env = { ...process.env, PYTHONDONTWRITEBYTECODE: '1' };
  return (await run(python, args, { maxBuffer: 1 << 30, env })).stdout;
}

/**
 * The Python of an environment with the packages that a file of this folder pins; made when missing, which takes a minute. Its
 * folder’s name changes with the pins, and a last file marks it as complete.
 * @param alone names a file of packages that are added without their dependencies
 */
export async function pythonWith(pins: string, alone?: string): Promise<string> {
  const requirements = join(here, pins);
  const without = alone === undefined ? [] : [join(here, alone)];
  const hash = createHash('sha256');
  for (const file of [requirements, ...without]) hash.update(await readFile(file));
  const digest = hash.digest('hex').slice(0, 16);
  const cache =
    process.env.CROSSOVER_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'crossover');
  const folder = join(cache, 'test-python', digest);
  const python = join(folder, 'bin', 'python');
  const complete = join(folder, 'complete');
  if (existsSync(complete)) return python;
  await rm(folder, { recursive: true, force: true });
  await run('python3', ['-m', 'venv', folder]);
  await run(python, ['-m', 'pip', 'install', '--quiet', '--requirement', requirements]);
  for (const file of without)
    await run(python, ['-m', 'pip', 'install', '--quiet', '--no-deps', '--requirement', file]);
  await writeFile(complete, '');
  return python;
}
