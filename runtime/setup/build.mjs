import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { CommandFailed, lastLines, runCommand } from './command.mjs';
import { withLease } from './lease.mjs';
import { describeFailure, SetupError } from './setup-error.mjs';
import { exists } from './staging.mjs';

const stampName = '.build.json';

/** Whether dist/ was built from the present sources, compiler settings and packages. */
export async function isBuilt(root) {
  return (await readStamp(root))?.sources === (await digestOfSources(root));
}

/**
 * Compiles the TypeScript sources into dist/ and bundles the workflows into dist/workflow-bundle.js.
 * The stamp is removed first and written last, so a killed build is done again.
 * @throws SetupError with the compiler's messages
 */
export async function build(root, { signal, detail = () => {} } = {}) {
  const onWait = ({ pid }) => detail(`another set-up (process ${pid}) is building`);
  return withLease(join(root, '.crossover', 'leases', 'build.lease'), () => buildUnlessDone(root, signal), {
    signal,
    onWait,
  });
}

async function buildUnlessDone(root, signal) {
  const sources = await digestOfSources(root);
  const previous = await readStamp(root);
  if (previous?.sources === sources) return 'built by another set-up';
  await rm(join(root, 'dist', stampName), { force: true });
  await compile(root, signal);
  const workflows = await bundleWorkflows(root, previous?.workflows, signal);
  await writeFile(join(root, 'dist', stampName), `${JSON.stringify({ sources, workflows })}\n`);
  return workflows === undefined ? 'compiled; no workflows to bundle' : 'compiled, workflows bundled';
}

async function compile(root, signal) {
  await mkdir(join(root, 'dist'), { recursive: true });
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  let emitted;
  try {
    emitted = await runCommand(
      process.execPath,
      [tsc, '-p', 'tsconfig.json', '--noEmitOnError', '--listEmittedFiles'],
      { cwd: root, signal },
    );
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    throw new SetupError({
      what: 'The TypeScript sources do not compile.',
      why: lastLines(error),
      todo: 'Correct them (npm run typecheck shows all messages), or restore the files as they were.',
      cause: error,
    });
  }
  await removeStale(root, emitted);
}

/** Removes compiled files whose source is gone. */
async function removeStale(root, listing) {
  const emitted = new Set(
    listing
      .split('\n')
      .filter((line) => line.startsWith('TSFILE: '))
      .map((line) => line.slice('TSFILE: '.length).trim()),
  );
  for (const path of await filesBelow(join(root, 'dist'))) {
    if (/\.js(\.map)?$/.test(path) && !path.endsWith('workflow-bundle.js') && !emitted.has(path))
      await rm(path);
  }
}

/** Bundles dist/workflows when what it can be made of changed; returns the digest of that, undefined without workflows. */
async function bundleWorkflows(root, previous, signal) {
  const entry = join(root, 'dist', 'workflows', 'index.js');
  const target = join(root, 'dist', 'workflow-bundle.js');
  if (!(await exists(entry))) return undefined;
  const compiled = (await filesBelow(join(root, 'dist'))).filter(
    (path) => path.endsWith('.js') && path !== target,
  );
  const digest = await digestOf([join(root, 'package-lock.json'), ...compiled], root);
  if (digest === previous && (await exists(target))) return digest;
  await runBundler({ root, entry, target }, signal);
  return digest;
}

// In a process of its own: this file must load without any package.
async function runBundler({ root, entry, target }, signal) {
  const bundler = fileURLToPath(new URL('bundle-workflows.mjs', import.meta.url));
  try {
    await runCommand(process.execPath, [bundler, entry, target], { cwd: root, signal });
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    throw new SetupError({
      what: 'The workflows could not be bundled.',
      why: lastLines(error),
      todo: 'Workflow code may import only schemas and other workflow files: look for an import of a Node module in the message.',
      cause: error,
    });
  }
}

async function digestOfSources(root) {
  const { include } = JSON.parse(await readFile(join(root, 'tsconfig.json'), 'utf8'));
  const folders = await Promise.all(include.map((folder) => filesBelow(join(root, folder))));
  const sources = folders.flat().filter((path) => path.endsWith('.ts'));
  return digestOf([join(root, 'tsconfig.json'), join(root, 'package-lock.json'), ...sources], root);
}

async function digestOf(paths, root) {
  const hash = createHash('sha256');
  for (const path of paths.sort())
    hash
      .update(`${path.slice(root.length)}\0`)
      .update(await readFile(path))
      .update('\0');
  return hash.digest('hex');
}

async function filesBelow(folder) {
  if (!(await exists(folder))) return [];
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}

async function readStamp(root) {
  try {
    return JSON.parse(await readFile(join(root, 'dist', stampName), 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT' || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

async function main() {
  const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
  try {
    console.log(`✓ ${(await isBuilt(root)) ? 'already built' : await build(root)}`);
  } catch (error) {
    console.error(describeFailure(error));
    process.exitCode = 1;
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();
