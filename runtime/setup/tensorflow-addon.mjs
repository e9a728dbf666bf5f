import { cp, mkdir, readFile, readlink, realpath, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { CommandFailed, lastLines, onPath, runCommand } from './command.mjs';
import { withLease } from './lease.mjs';
import { SetupError } from './setup-error.mjs';
import { isIntact, sha256Of, writeRecord } from './source-record.mjs';
import { publish, withStaging } from './staging.mjs';

const binaryName = 'tfjs_binding.node';

/**
 * Where the native part of TensorFlow.js lies. It finds its library at ../../deps/lib from its own folder,
 * so in the cache it is `<libtensorflow>/lib/<addon>` beside `<libtensorflow>/deps`; the checkout holds links to both.
 */
export function addonPlaces({ root, library, addon }) {
  const built = join(
    dirname(library.folder),
    'lib',
    `${basename(addon.package)}-${addon.version}-napi-v${addon.nodeApi}`,
  );
  const installed = join(root, 'node_modules', addon.package);
  const links = {
    [join(installed, 'deps')]: library.folder,
    [join(installed, 'lib', `napi-v${addon.nodeApi}`)]: built,
  };
  return { built, installed, links };
}

/** Whether the cache holds the undamaged addon, built from this npm package against this library. */
export function hasAddon(places, { library, addon }, options) {
  return isIntact(builtSource(places, { library, addon }), options);
}

/** Whether the checkout's links point into this cache. */
export async function hasAddonLinks({ links }) {
  for (const [link, target] of Object.entries(links)) {
    if ((await readlink(link).catch(() => undefined)) !== target) return false; // absent, or a folder of its own
  }
  return true;
}

/**
 * Builds the addon from the sources in the npm package with that package's own build description, and loads it once.
 * @throws SetupError with the compiler's last lines when it cannot be built or loaded
 */
export async function buildAddon(places, { root, library, addon, cache, rehash, signal, detail }) {
  const onWait = ({ pid }) => detail(`another set-up (process ${pid}) is building it`);
  const lease = join(cache, 'leases', `${basename(dirname(library.folder))}-${basename(places.built)}.lease`);
  const work = () => buildUnlessThere(places, { root, library, addon, cache, rehash, signal });
  return withLease(lease, work, { signal, onWait });
}

/** Points the npm package's `deps` and `lib/napi-v8` into the cache. */
export async function linkAddon({ links }, { root }) {
  await withStaging(join(root, '.crossover'), async (staging) => {
    for (const [link, target] of Object.entries(links)) {
      const fresh = join(staging, basename(link));
      await symlink(target, fresh);
      await publish(fresh, link, staging);
    }
  });
}

async function buildUnlessThere(places, { root, library, addon, cache, rehash, signal }) {
  if (await hasAddon(places, { library, addon }, { rehash })) return 'built by another set-up';
  return withStaging(cache, async (staging) => {
    for (const name of ['package.json', 'binding.gyp', 'binding']) {
      await cp(join(places.installed, name), join(staging, name), { recursive: true });
    }
    await symlink(library.folder, join(staging, 'deps'));
    await compile({ root, staging, signal });
    const folder = join(staging, 'built', 'lib', basename(places.built));
    await mkdir(dirname(folder), { recursive: true });
    await cp(join(staging, 'lib', `napi-v${addon.nodeApi}`), folder, { recursive: true });
    await symlink(library.folder, join(staging, 'built', 'deps'));
    const binary = join(folder, binaryName);
    await load(binary, signal);
    const files = [{ path: binaryName, bytes: (await stat(binary)).size, sha256: await sha256Of(binary) }];
    await writeRecord(folder, builtSource(places, { library, addon }), files);
    await publish(folder, places.built, staging);
    return `${addon.package} ${addon.version} against libtensorflow ${library.wheels[0].version}`;
  });
}

async function compile({ root, staging, signal }) {
  const nodePreGyp = join(root, 'node_modules', '@mapbox', 'node-pre-gyp', 'bin', 'node-pre-gyp');
  const headers = await localHeaders();
  const env = { ...process.env, ...(await nodeGypOfNpm()) };
  const args = [nodePreGyp, 'install', '--build-from-source', ...(headers ? [`--nodedir=${headers}`] : [])];
  try {
    await runCommand(process.execPath, args, { cwd: staging, env, signal });
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    throw new SetupError({
      what: 'The bridge between Node and TensorFlow could not be built.',
      why: lastLines(error),
      todo: headers
        ? "Look at the compiler's message above; a compiler with C++17 is needed (g++ 9 or clang 10 and later)."
        : 'This Node has no headers beside it, so they are downloaded from nodejs.org: allow that, or install Node with its headers (include/node).',
      cause: error,
    });
  }
}

/** `<prefix>` when `<prefix>/include/node` belongs to this Node, so that nothing has to be downloaded. */
async function localHeaders() {
  const prefix = dirname(dirname(await realpath(process.execPath)));
  const header = await readFile(join(prefix, 'include', 'node', 'node_version.h'), 'utf8').catch(() => '');
  const part = (name) => new RegExp(`#define NODE_${name}_VERSION (\\d+)`).exec(header)?.[1];
  const version = ['MAJOR', 'MINOR', 'PATCH'].map(part).join('.');
  return version === process.versions.node ? prefix : undefined;
}

/** The node-gyp that came with npm, which node-pre-gyp does not find in every layout of a Node installation. */
async function nodeGypOfNpm() {
  const npm = await onPath('npm');
  if (npm === undefined) return {};
  try {
    return { npm_config_node_gyp: createRequire(await realpath(npm)).resolve('node-gyp/bin/node-gyp.js') };
  } catch (error) {
    if (error.code !== 'MODULE_NOT_FOUND') throw error;
    return {}; // node-pre-gyp then looks in its own places and on PATH
  }
}

async function load(binary, signal) {
  try {
    await runCommand(process.execPath, ['-e', 'require(process.argv[1])', binary], {
      env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3' },
      signal,
    });
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    throw new SetupError({
      what: 'TensorFlow was built but cannot be loaded.',
      why: `${error.message}\n${lastLines(error)}`,
      todo: 'TensorFlow 2.21 needs glibc 2.27 or later and a processor with AVX; on a GPU host also the NVIDIA driver.',
      cause: error,
    });
  }
}

/** The built addon as a source of its own, so that it is recorded and checked like the downloaded ones. */
function builtSource({ built }, { library, addon }) {
  const { name, licence, integrity } = addon;
  return {
    name,
    licence,
    registry: 'built here',
    folder: built,
    wheels: library.wheels,
    files: [{ from: integrity, to: binaryName }],
  };
}
