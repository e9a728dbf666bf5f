import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { pageRows } from '../../activities/page-rows.js';
import { redraw } from '../../activities/redraw.js';
import { refitTables } from '../../activities/refit.js';
import { loadClaims } from '../../evaluation/claims/load-claims.js';
import { renderReport } from '../../report/page.js';
import { temporaryFolder } from '../artifacts/temporary-folder.js';
import { syntheticStudy } from '../report/synthetic-study.js';

const ROOT = resolve(import.meta.dirname, '../..');
const drawn = { version: '9.9.9', code: 'ab'.repeat(32) };
const how = { drawn, loadClaims: (name: string) => loadClaims(name, { root: ROOT }) };

describe('a finished study without its store', () => {
  let folder: string;
  const text = (name: string) => readFileSync(join(folder, name), 'utf8');
  const tables = () =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.parquet') || name === 'pipeline.yaml')
      .map((name) => readFileSync(join(folder, name)));

  beforeEach(async () => {
    folder = await temporaryFolder();
    cpSync(join(ROOT, 'docs/findings/composition-small'), folder, { recursive: true });
  });

  test('is drawn anew from its tables, which stay as they were', async () => {
    // Older studies have no table of candidates.
    rmSync(join(folder, 'trials.parquet'));
    const [before, manifest] = [tables(), JSON.parse(text('manifest.json'))];
    writeFileSync(join(folder, 'report.md'), 'outdated');
    expect(await redraw(folder, how)).toEqual(
      expect.arrayContaining(['report.html', 'report.md', 'summary.md', 'figures/composition.csv']),
    );
    expect(tables()).toEqual(before);
    expect(JSON.parse(text('manifest.json'))).toEqual({ ...manifest, drawn });
    expect(text('report.md')).toContain('drawn anew from the published tables by crossover 9.9.9');
    expect(text('report.html')).toContain('No estimate was made anew');
    expect(text('report.html')).toContain(
      'Left out, as no Parquet table holds them: the candidates of the searches',
    );
  });

  test('is drawn to the same bytes again, and loses nothing that it had', async () => {
    const rows = pageRows(text('report.html'));
    await redraw(folder, how);
    const once = ['report.html', 'manifest.json'].map(text);
    expect(pageRows(text('report.html'))).toEqual(rows);
    await redraw(folder, how);
    expect(['report.html', 'manifest.json'].map(text)).toEqual(once);
  });

  test('is not drawn when a table is missing, and nothing is touched', async () => {
    const page = text('report.html');
    rmSync(join(folder, 'leads.parquet'));
    await expect(redraw(folder, how)).rejects.toThrow('found no leads.parquet in the folder of the study');
    expect(text('report.html')).toBe(page);
  });
});

const reworded = async (name: string) => {
  const set = await how.loadClaims(name);
  const claims = Object.entries(set.claims).map(([id, claim]) => [id, { ...claim, claim: 'Another.' }]);
  return { ...set, claims: Object.fromEntries(claims) };
};

test('claims in other words than the verdicts were given by are refused', async () => {
  const folder = join(ROOT, 'docs/findings/toy-crossover');
  await expect(redraw(folder, { drawn, loadClaims: reworded })).rejects.toThrow(
    /SC-1 was judged in words that data\/claims\/.*\.yaml does not have any more/,
  );
});

test('a page holds its tasks and examples whole, for pages drawn after it', () => {
  const study = syntheticStudy();
  expect(pageRows(renderReport(study))).toMatchObject({ tasks: study.tasks, examples: study.examples });
  expect(() => pageRows('<p>no rows</p>')).toThrow('found no script#data');
});

describe('a finished study with its results, without its store', () => {
  let folder: string;
  const read = (name: string) => readFileSync(join(folder, name));
  const names = () => readdirSync(folder).filter((name) => name.endsWith('.parquet'));

  beforeEach(async () => {
    folder = await temporaryFolder();
    cpSync(join(ROOT, 'docs/findings/composition-small'), folder, { recursive: true });
  });

  test('says what today’s estimators say: made anew, its tables are the same to the byte', async () => {
    const before = new Map(names().map((name) => [name, read(name)]));
    for (const name of ['differences.parquet', 'compositions.parquet']) writeFileSync(join(folder, name), '');
    expect(await refitTables(folder, how)).toEqual(expect.arrayContaining(['laws.parquet', 'report.html']));
    for (const name of names()) expect(read(name).equals(before.get(name) ?? Buffer.of()), name).toBe(true);
    expect(JSON.parse(read('manifest.json').toString('utf8'))).toMatchObject({ estimated: drawn, drawn });
    expect(read('report.md').toString('utf8')).toContain('estimates made anew from the published results');
    expect(read('report.html').toString('utf8')).toContain('Candidates with their validation results');
  });

  test('is not drawn while its tables are of two makings, but can be made anew', async () => {
    const manifest = JSON.parse(read('manifest.json').toString('utf8'));
    writeFileSync(join(folder, 'manifest.json'), JSON.stringify({ ...manifest, refitting: true }));
    await expect(redraw(folder, how)).rejects.toThrow(/tables of two makings.*do it again: crossover refit/);
    await refitTables(folder, how);
    expect(JSON.parse(read('manifest.json').toString('utf8'))).not.toHaveProperty('refitting');
    await redraw(folder, how);
  });

  test('needs the results of single items, and touches nothing without', async () => {
    rmSync(join(folder, 'items.parquet'));
    const page = read('report.html');
    await expect(refitTables(folder, how)).rejects.toThrow(
      'found no items.parquet in the folder of the study',
    );
    expect(read('report.html').equals(page)).toBe(true);
  });
});

test('claims in other words than the verdicts were given by are not judged anew', async () => {
  const folder = join(ROOT, 'docs/findings/toy-crossover');
  await expect(refitTables(folder, { drawn, loadClaims: reworded })).rejects.toThrow(
    /SC-1 was judged in words/,
  );
});
