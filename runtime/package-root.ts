import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Folder of this package: the nearest one above this file that has a package.json, from source or from dist/. */
export const packageRoot: string = find(dirname(fileURLToPath(import.meta.url)));

export const packageVersion: string = JSON.parse(
  readFileSync(join(packageRoot, 'package.json'), 'utf8'),
).version;

/** Digest of the sources that dist/ was built from; the version where nothing was built. */
export function buildDigest(): string {
  const stamp = join(packageRoot, 'dist', '.build.json');
  return existsSync(stamp) ? JSON.parse(readFileSync(stamp, 'utf8')).sources : packageVersion;
}

function find(folder: string): string {
  if (existsSync(join(folder, 'package.json'))) return folder;
  const parent = dirname(folder);
  if (parent === folder)
    throw new Error(
      'no package.json above the running program; the installation is damaged: run npm run setup',
    );
  return find(parent);
}
