import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const project = fileURLToPath(new URL('../..', import.meta.url));

/** Compiles artifacts/ into a folder of its own, so that a plain Node process can run it; `remove` deletes the folder. */
export async function compiledArtifacts(): Promise<{ folder: string; remove: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'crossover-compiled-'));
  await symlink(join(project, 'node_modules'), join(folder, 'node_modules'));
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  const compilerOptions = { outDir: folder, rootDir: project, sourceMap: false, noCheck: true };
  const config = {
    extends: join(project, 'tsconfig.json'),
    compilerOptions,
    include: [join(project, 'artifacts')],
  };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config));
  await promisify(execFile)(join(project, 'node_modules', '.bin', 'tsc'), ['-p', folder]);
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}
