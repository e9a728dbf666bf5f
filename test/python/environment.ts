import { execFile } from 'node:child_process';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { pythonWith as pinnedPython } from '../../benchmarks/python.js';

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

const cache =
  process.env.CROSSOVER_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'crossover');

/**
 * The Python of an environment with the packages that a file of this folder pins; made when missing.
 * @param alone names a file of packages that are added without their dependencies
 */
export function pythonWith(pins: string, alone?: string): Promise<string> {
  const requirements = { pins: join(here, pins), ...(alone !== undefined && { alone: join(here, alone) }) };
  return pinnedPython(requirements, join(cache, 'test-python'));
}

/** Whether a comparison with lm-evaluation-harness was asked for; it shares the benchmarks' environment. */
export const wantsHarness = process.env.CROSSOVER_PYTHON_HARNESS === '1';

/** Runs a script of this folder with lm-evaluation-harness; what it prints last is JSON. */
export async function runHarness(script: string, ...args: string[]): Promise<unknown> {
  const pins = join(here, '../../benchmarks/peers/requirements.txt');
  const python = await pinnedPython({ pins }, join(cache, 'bench-python'));
  const lines = (await printed(python, [join(here, script), ...args])).trim().split('\n');
  return JSON.parse(lines.at(-1) ?? '');
}
