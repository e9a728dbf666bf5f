import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const { cacheFolder, deviceOf, readSources, requireWheels } = await import(
  new URL('../../runtime/setup/sources.mjs', import.meta.url).href
);
const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

interface Wheel {
  package: string;
  version: string;
  file: string;
  sha256: string;
}
interface Source {
  name: string;
  registry: 'pypi' | 'npm';
  licence: string;
  package: string;
  version: string;
  integrity: string;
  device?: string;
  wheels: Record<string, Wheel[]>;
  files: { from: string; to: string; sha256?: Record<string, string> }[];
}
const { sources }: { sources: Source[] } = JSON.parse(await readFile(`${root}/data/sources.json`, 'utf8'));
const pypi = sources.filter((source) => source.registry === 'pypi');
const npm = sources.filter((source) => source.registry === 'npm');

test.each(pypi)(
  '$name ($device) names its licence, and every wheel by file, version and SHA-256',
  ({ licence, wheels }) => {
    expect(licence).not.toBe('');
    for (const wheel of Object.values(wheels).flat()) {
      expect(wheel.file.toLowerCase()).toContain(`${wheel.package.replaceAll('-', '_')}-${wheel.version}`);
      expect(wheel.sha256).toMatch(/^[0-9a-f]{64}$/);
    }
  },
);

test.each(pypi.filter(({ device }) => device !== 'gpu'))(
  '$name pins every file it unpacks on linux-x64',
  ({ files }) => {
    for (const { from, to, sha256 } of files) {
      expect(from).not.toMatch(/[*?[]/);
      expect(to).not.toMatch(/^\/|\.\./);
      if (!from.endsWith('METADATA'))
        expect(sha256?.['linux-x64'] ?? sha256?.any, from).toMatch(/^[0-9a-f]{64}$/);
    }
  },
);

test.each(npm.filter(({ device }) => device !== 'gpu'))(
  '$name is the npm package that package-lock.json holds',
  (source) => {
    expect(source.licence).not.toBe('');
    return readFile(`${root}/package-lock.json`, 'utf8').then((text) => {
      const { version, integrity } = JSON.parse(text).packages[`node_modules/${source.package}`];
      expect({ version, integrity }).toEqual({ version: source.version, integrity: source.integrity });
    });
  },
);

test('the cache is CROSSOVER_CACHE, else below XDG_CACHE_HOME, else below ~/.cache', () => {
  expect(cacheFolder({ CROSSOVER_CACHE: '/a', XDG_CACHE_HOME: '/b' })).toBe('/a');
  expect(cacheFolder({ XDG_CACHE_HOME: '/b' })).toBe('/b/crossover');
  expect(cacheFolder({ CROSSOVER_CACHE: 'near' })).toBe(join(process.cwd(), 'near'));
  expect(cacheFolder({})).toMatch(/\/\.cache\/crossover$/);
});

test('each device gets its own library, in a folder of its own', async () => {
  const folders = await Promise.all(
    ['cpu', 'gpu'].map(async (device) => {
      const read = await readSources({ root, cache: '/c', device, platform: 'linux-x64' });
      return read.get('libtensorflow').folder;
    }),
  );
  expect(folders).toEqual([
    '/c/libtensorflow/2.21.0-cpu-linux-x64/deps',
    '/c/libtensorflow/2.21.0-gpu-linux-x64/deps',
  ]);
  expect(() => deviceOf({ CROSSOVER_DEVICE: 'tpu' })).toThrow(/"tpu"; expected cpu or gpu/);
});

test('a platform without a wheel is an error that names those that have one', async () => {
  const read = await readSources({ root, cache: '/c', device: 'cpu', platform: 'darwin-arm64' });
  expect(() => requireWheels(read.get('libtensorflow'))).toThrow(/no package for darwin-arm64/);
  expect(requireWheels(read.get('temporal'))[0].file).toContain('macosx');
  expect(requireWheels(read.get('bfcl-eval'))[0].file).toContain('none-any');
});
