import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandFailed, runCommand } from './command.mjs';
import { withLease } from './lease.mjs';
import { SetupError } from './setup-error.mjs';
import { exists, publish, withStaging } from './staging.mjs';

/**
 * Whether node_modules holds what package-lock.json asks for, by npm's own record of what it installed there.
 * `extra` is the npm source of a GPU host that the lock file does not name.
 */
export async function hasNodePackages(root, extra) {
  const installed = await readPackages(join(root, 'node_modules', '.package-lock.json'));
  if (installed === undefined) return false;
  const locked = await readPackages(join(root, 'package-lock.json'));
  return differences(installed, locked, extra).length === 0;
}

/**
 * Installs the locked packages, without their install scripts, in a staging folder that then becomes node_modules by a rename:
 * a killed run leaves the old one whole, or, between two renames, none, which the next run installs again. `npm install` beside a check of its result does what `npm ci` promises, and unlike it accepts
 * a lock file written where some other platform's optional packages were not offered.
 * @throws SetupError when npm fails or installs anything else than the lock file says
 */
export async function installNodePackages(root, { extra, signal, detail }) {
  const place = join(root, '.crossover');
  const onWait = ({ pid }) => detail(`another set-up (process ${pid}) is installing them`);
  const lease = join(place, 'leases', 'node-packages.lease');
  return withLease(lease, () => installUnlessThere(root, { place, extra, signal }), { signal, onWait });
}

async function installUnlessThere(root, { place, extra, signal }) {
  if (await hasNodePackages(root, extra)) return 'installed by another set-up';
  return withStaging(place, async (staging) => {
    for (const name of ['package.json', 'package-lock.json', '.npmrc']) {
      if (await exists(join(root, name))) await copyFile(join(root, name), join(staging, name));
    }
    await npmInstall(['--include=dev'], { cwd: staging, signal });
    if (extra) await npmInstall(['--no-save', `${extra.package}@${extra.version}`], { cwd: staging, signal });
    const installed = await readPackages(join(staging, 'node_modules', '.package-lock.json'));
    const unlike = differences(installed, await readPackages(join(root, 'package-lock.json')), extra);
    if (unlike.length > 0) throw unlikeLock(unlike);
    await publish(join(staging, 'node_modules'), join(root, 'node_modules'), staging);
    return `${Object.keys(installed).length} packages, none of their install scripts run`;
  });
}

/** One line for each package that is missing, of another version or content, or not in the lock file. Optional ones may be absent or more. */
function differences(installed, locked, extra) {
  const wanted = new Map(Object.entries(locked).filter(([path]) => path !== ''));
  if (extra && !wanted.has(pathOf(extra))) wanted.set(pathOf(extra), extra);
  const lines = [];
  for (const [path, { version, integrity, optional }] of wanted) {
    const found = installed[path];
    if (found === undefined && !optional) lines.push(`${path}: missing, expected ${version}`);
    if (found && (found.version !== version || found.integrity !== integrity)) {
      lines.push(`${path}: found ${found.version} ${found.integrity}, expected ${version} ${integrity}`);
    }
  }
  for (const [path, { version, optional }] of Object.entries(installed)) {
    // what only the GPU package brings along is not in the lock file
    if (!wanted.has(path) && !optional && !extra)
      lines.push(`${path}: found ${version}, not in package-lock.json`);
  }
  return lines;
}

async function npmInstall(args, { cwd, signal }) {
  const options = [
    '--ignore-scripts',
    '--prefer-offline',
    '--no-audit',
    '--no-fund',
    '--no-progress',
    '--loglevel=error',
  ];
  try {
    await runCommand('npm', ['install', ...args, ...options], { cwd, signal });
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    throw npmFailure(error);
  }
}

/** npm says what is wrong first; its usage and where its log lies come last. */
function npmFailure(error) {
  const lines = error.output.split('\n').filter((line) => line.startsWith('npm error '));
  const said = lines.slice(0, 8).map((line) => line.slice('npm error '.length));
  return new SetupError({
    what: 'npm install failed; the old node_modules is untouched.',
    why: said.join('\n') || error.message,
    todo: "Check the network, the proxy and npm's registry (npm config get registry), then run the command again.",
    cause: error,
  });
}

function unlikeLock(lines) {
  return new SetupError({
    what: 'npm installed something else than package-lock.json says; the old node_modules is untouched.',
    why: [...lines.slice(0, 5), ...(lines.length > 5 ? [`and ${lines.length - 5} more`] : [])].join('\n'),
    todo: 'Restore package.json and package-lock.json as they belong together (git status shows a change). After changing dependencies on purpose run npm install once.',
  });
}

const pathOf = (source) => `node_modules/${source.package}`;

async function readPackages(place) {
  try {
    return JSON.parse(await readFile(place, 'utf8')).packages;
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw error;
  }
}
