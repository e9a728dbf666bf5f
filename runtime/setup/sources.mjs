import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { SetupError } from './setup-error.mjs';

/** The per-user folder of everything big: CROSSOVER_CACHE, else $XDG_CACHE_HOME/crossover, else ~/.cache/crossover. */
export function cacheFolder(environment) {
  // Absolute: links point into it, and steps work in folders of their own.
  if (environment.CROSSOVER_CACHE) return resolve(environment.CROSSOVER_CACHE);
  return resolve(environment.XDG_CACHE_HOME || join(homedir(), '.cache'), 'crossover');
}

/** `cpu` or `gpu`, from CROSSOVER_DEVICE. */
export function deviceOf(environment) {
  const device = environment.CROSSOVER_DEVICE || 'cpu';
  if (device === 'cpu' || device === 'gpu') return device;
  throw new SetupError({
    what: `CROSSOVER_DEVICE is "${device}"; expected cpu or gpu.`,
    why: 'It chooses which TensorFlow library is installed and used.',
    todo: 'Unset CROSSOVER_DEVICE, or set it to cpu or gpu.',
  });
}

/**
 * Reads data/sources.json for one machine. Sources of other devices are left out; of the Python wheels only those of this platform stay,
 * and `folder` becomes an absolute path in the cache.
 * `platform` is like `linux-x64` (process.platform and process.arch).
 */
export async function readSources({ root, cache, device, platform = `${process.platform}-${process.arch}` }) {
  const place = join(root, 'data', 'sources.json');
  const { sources } = JSON.parse(await readFile(place, 'utf8'));
  const wanted = sources.filter((source) => source.device === undefined || source.device === device);
  return new Map(wanted.map((source) => [source.name, forPlatform(source, { cache, platform })]));
}

function forPlatform(source, { cache, platform }) {
  if (source.registry !== 'pypi') return source;
  const folder = join(cache, source.folder.replaceAll('{platform}', platform));
  const wheels = source.wheels[platform] ?? source.wheels.any;
  const files = source.files.map(({ sha256, ...file }) => ({
    ...file,
    sha256: sha256?.[platform] ?? sha256?.any,
  }));
  return { ...source, platform, platforms: Object.keys(source.wheels), folder, wheels, files };
}

/** @throws SetupError when the source has no wheel for this platform */
export function requireWheels(source) {
  if (source.wheels !== undefined) return source.wheels;
  throw new SetupError({
    what: `${source.name} has no package for ${source.platform}.`,
    why: `Its Python package is pinned for ${source.platforms.join(', ')} only.`,
    todo: source.elsewhere ?? `Run on one of these: ${source.platforms.join(', ')}.`,
  });
}
