import { join } from 'node:path';
import { contentOf } from '../artifacts/file-lookup.js';
import { MANIFEST, replaceInRun } from '../artifacts/run-folder.js';
import type { Drawing } from '../report/study.js';
import { drawnFiles } from './drawn-files.js';
import { type Published, publishedStudy } from './published-study.js';

type Redrawing = Omit<Published, 'file'> & {
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
  const manifest = await contentOf(join(folder, MANIFEST));
  if (manifest === undefined) throw new Error(`${folder} has no ${MANIFEST} any more`);
  // Until all tables are those of one making, the manifest says that they are not.
  if (Object.keys(tables).length > 0)
    await replaceInRun(folder, { [MANIFEST]: withHead(manifest, { refitting: true }) });
  await replaceInRun(folder, {
    ...tables,
    ...Object.fromEntries(files),
    [MANIFEST]: withHead(manifest, {
      ...(study.estimated && { estimated: study.estimated }),
      drawn: study.drawn,
    }),
  });
  return files.map(([name]) => name);
}

/** The manifest with other entries of how estimates and page were made. */
function withHead(
  manifest: Uint8Array,
  made: { estimated?: Drawing; drawn?: Drawing | undefined; refitting?: true },
): Uint8Array {
  const {
    cells,
    artifacts,
    estimated: _,
    drawn: __,
    refitting: ___,
    ...head
  } = JSON.parse(Buffer.from(manifest).toString('utf8'));
  return Buffer.from(`${JSON.stringify({ ...head, ...made, cells, artifacts }, null, 1)}\n`, 'utf8');
}
