import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface Requirements {
  /** A file of pinned packages. */
  pins: string;
  /** A file of packages that are added without their dependencies. */
  alone?: string;
}

/**
 * The Python of an environment with pinned packages; made when missing, which takes minutes. Its folder's name changes
 * with the pins, and a last file marks it as complete.
 * @param folder where environments are kept
 */
export async function pythonWith({ pins, alone }: Requirements, folder: string): Promise<string> {
  const without = alone === undefined ? [] : [alone];
  const hash = createHash('sha256');
  for (const file of [pins, ...without]) hash.update(await readFile(file));
  const own = join(folder, hash.digest('hex').slice(0, 16));
  const python = join(own, 'bin', 'python');
  const complete = join(own, 'complete');
  if (existsSync(complete)) return python;
  await rm(own, { recursive: true, force: true });
  await run('python3', ['-m', 'venv', own]);
  const install = [python, '-m', 'pip', 'install', '--quiet'] as const;
  await run(install[0], [...install.slice(1), '--requirement', pins]);
  for (const file of without)
    await run(install[0], [...install.slice(1), '--no-deps', '--requirement', file]);
  await writeFile(complete, '');
  return python;
}
