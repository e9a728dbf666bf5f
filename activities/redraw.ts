import { join } from 'node:path';
import { contentOf } from '../artifacts/file-lookup.js';
import { replaceInRun } from '../artifacts/run-folder.js';
import type { Drawing } from '../report/study.js';
import { drawnFiles } from './drawn-files.js';
import { type Published, publishedStudy } from './published-study.js';

export type Redrawing = Omit<Published, 'file'> & {
  /** Tables made anew, which are published with the page. */
  tables?: Readonly<Record<string, Uint8Array>>;
};

/**
 * Draws page, appendix, summary and figures of a finished study anew from its published tables; other tables than those given
 * stay as they are, and the manifest says which code drew. The same code draws the same bytes.
 * @returns names of the files that were drawn
 */
export async function redraw(folder: string, { tables = {}, ...how }: Redrawing): Promise<string[]> {
  const file = async (name: string) => tables[name] ?? contentOf(join(folder, name));
  const study = await publishedStudy({ ...how, file });
  const files = Object.entries(drawnFiles(study)).map(([name, { bytes }]) => [name, bytes] as const);
  const manifest = await contentOf(join(folder, 'manifest.json'));
  if (manifest === undefined) throw new Error(`${folder} has no manifest.json any more`);
  await replaceInRun(folder, {
    ...tables,
    ...Object.fromEntries(files),
    'manifest.json': withCode(manifest, study),
  });
  return files.map(([name]) => name);
}

/** The manifest as it was, and which code estimated and drew. */
function withCode(
  manifest: Uint8Array,
  { estimated, drawn }: { estimated?: Drawing; drawn?: Drawing },
): Uint8Array {
  const {
    cells,
    artifacts,
    estimated: _,
    drawn: __,
    ...head
  } = JSON.parse(Buffer.from(manifest).toString('utf8'));
  const code = { ...(estimated && { estimated }), drawn };
  return Buffer.from(`${JSON.stringify({ ...head, ...code, cells, artifacts }, null, 1)}\n`, 'utf8');
}
