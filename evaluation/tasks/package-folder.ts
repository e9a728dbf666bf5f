import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { z } from 'zod';
import type { NpmFile } from '../../schemas/task.js';

/** The folder of an installed npm package. @throws when it is not installed */
export function packageFolder(name: string): string {
  const searched = createRequire(import.meta.url).resolve.paths(name) ?? [];
  const folder = searched
    .map((modules) => path.join(modules, name))
    .find((candidate) => existsSync(path.join(candidate, 'package.json')));
  if (folder === undefined) throw new Error(`the npm package "${name}" is not installed; run npm install`);
  return folder;
}

/** A file of an installed npm package, which must be of this very version. @throws when it is not */
export async function packageFile({ npm, version, path: file }: NpmFile): Promise<string> {
  const folder = packageFolder(npm);
  const found = Installed.parse(JSON.parse(await readFile(path.join(folder, 'package.json'), 'utf8')));
  if (found.version !== version)
    throw new Error(
      `npm package "${npm}": found version ${found.version}, expected ${version}; install that one`,
    );
  return path.join(folder, file);
}

const Installed = z.object({ version: z.string() });
