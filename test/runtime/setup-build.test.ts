import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';

const { build, isBuilt } = await import(new URL('../../runtime/setup/build.mjs', import.meta.url).href);
const packages = fileURLToPath(new URL('../../node_modules', import.meta.url));

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'crossover-build-'));
  await symlink(packages, join(root, 'node_modules'));
  const compilerOptions = {
    module: 'nodenext',
    target: 'es2022',
    rootDir: '.',
    outDir: 'dist',
    strict: true,
    types: [],
  };
  await write('tsconfig.json', JSON.stringify({ compilerOptions, include: ['schemas', 'workflows'] }));
  await write('package.json', '{"type": "module"}');
  await write('package-lock.json', '{}');
  await write('schemas/budget.ts', 'export const budget: number = 16;\n');
});
afterEach(() => rm(root, { recursive: true, force: true }));

test('what was built counts as built until a source changes', async () => {
  expect(await isBuilt(root)).toBe(false);
  await build(root);
  expect(await isBuilt(root)).toBe(true);
  await write('schemas/budget.ts', 'export const budget: number = 64;\n');
  expect(await isBuilt(root)).toBe(false);
  await build(root);
  expect(await readFile(join(root, 'dist/schemas/budget.js'), 'utf8')).toContain('64');
});

test('the compiled file of a source that is gone goes too', async () => {
  await write('schemas/old.ts', 'export const old = 1;\n');
  await build(root);
  await rm(join(root, 'schemas/old.ts'));
  await build(root);
  expect(await readdir(join(root, 'dist/schemas'))).toEqual(['budget.js']);
});

test('a type error is told with file and line, and nothing counts as built', async () => {
  await build(root);
  await write('schemas/budget.ts', 'export const budget: number = "many";\n');
  await expect(build(root)).rejects.toMatchObject({
    why: expect.stringContaining('schemas/budget.ts(1,14)'),
  });
  expect(await isBuilt(root)).toBe(false);
});

test('workflows are bundled once there are some, and again only when compiled code changed', async () => {
  await build(root);
  expect(await readdir(join(root, 'dist'))).not.toContain('workflow-bundle.js');
  await write(
    'workflows/index.ts',
    'export async function study(): Promise<string> { return "the answer is 42"; }\n',
  );
  await build(root);
  expect(await readFile(join(root, 'dist/workflow-bundle.js'), 'utf8')).toContain('the answer is 42');
});

async function write(path: string, text: string): Promise<void> {
  await mkdir(join(root, path, '..'), { recursive: true });
  await writeFile(join(root, path), text);
}
