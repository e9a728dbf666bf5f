import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BenchContext } from './benchmark.js';

/** Writes a task file over a benchmark's items. @returns its path */
export async function writeTask(folder: string, name: string, context: BenchContext): Promise<string> {
  const [train, test] = [context.items(name, 'train'), context.items(name, 'test')];
  const file = join(folder, `${name}.yaml`);
  await writeFile(
    file,
    `name: ${name}\ntype: capability\nsource: { from: rows, train: ${JSON.stringify(train)}, test: ${JSON.stringify(test)} }\n`,
  );
  return file;
}
