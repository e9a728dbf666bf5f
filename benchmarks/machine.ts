import { execFile } from 'node:child_process';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { promisify } from 'node:util';
import { numericBackend } from '../models/tensorflow.js';
import type { BenchContext } from './benchmark.js';

const run = promisify(execFile);

const VERSIONS = `
import importlib.metadata as m, json, platform
names = ['torch', 'transformers', 'peft', 'lm_eval']
print(json.dumps({'Python': platform.python_version(), **{name: m.version(name) for name in names}}))
`;

/** What numbers depend on: the machine, and the versions of both sides. */
export async function machineFacts({
  threads,
  python,
}: Pick<BenchContext, 'threads' | 'python'>): Promise<Record<string, string>> {
  const { stdout } = await run(await python(), ['-c', VERSIONS]);
  return {
    processor: cpus()[0]?.model ?? 'unknown',
    cores: String(availableParallelism()),
    memory: `${(totalmem() / 2 ** 30).toFixed(0)} GiB`,
    threads: String(threads),
    node: process.version,
    libtensorflow: numericBackend().tensorflow,
    ...JSON.parse(stdout),
  };
}
