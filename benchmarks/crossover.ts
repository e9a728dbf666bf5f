import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../runtime/package-root.js';

export interface CommandRun {
  seconds: number;
  /** What it wrote to its standard output. */
  printed: string;
  /** Resident memory of the process that ran the command, which is the worker, every half second. */
  residentBytes: number[];
}

const SAMPLE_MS = 500;

/** Runs our command in a folder, as a person would. @throws with what it printed when it fails */
export async function crossover(folder: string, args: readonly string[]): Promise<CommandRun> {
  const start = performance.now();
  const program = [join(packageRoot, 'runtime/bin/crossover.js'), ...args];
  const child = spawn(process.execPath, program, { cwd: folder });
  const [printed, complained]: [string[], string[]] = [[], []];
  child.stdout.setEncoding('utf8').on('data', (text: string) => printed.push(text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => complained.push(text));
  const residentBytes: number[] = [];
  const sampling = setInterval(async () => {
    const bytes = await residentOf(child.pid);
    if (bytes !== undefined) residentBytes.push(bytes);
  }, SAMPLE_MS);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject).once('exit', resolve);
    });
    if (code !== 0)
      throw new Error(
        `crossover ${args.join(' ')} ended with ${code}:\n${[...printed, ...complained].join('')}`,
      );
    return { seconds: (performance.now() - start) / 1000, printed: printed.join(''), residentBytes };
  } finally {
    clearInterval(sampling);
  }
}

/** Undefined once the process is gone. */
async function residentOf(pid: number | undefined): Promise<number | undefined> {
  try {
    const status = await readFile(`/proc/${pid}/status`, 'utf8');
    const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(status)?.[1];
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
  } catch {
    return undefined;
  }
}
