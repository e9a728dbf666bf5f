import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { loadTask, type Task, type TaskFolders } from '../../../evaluation/tasks/load-task.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const cache =
  process.env.CROSSOVER_CACHE ??
  path.join(process.env.XDG_CACHE_HOME ?? path.join(homedir(), '.cache'), 'crossover');

export const folders: TaskFolders = { root, cache };
export const fixtures = path.join(root, 'test', 'fixtures', 'tasks');
export const functionCallsAreHere = existsSync(path.join(cache, 'data', 'bfcl-eval'));

const shared = process.env.CROSSOVER_SHARED ?? path.join(root, '..', 'shared');
export const sharedTasks = path.join(shared, 'data', 'tasks');

/** A folder with the given files, removed after the test. */
export async function folderOf(files: Record<string, string>): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'crossover-tasks-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) await writeFile(path.join(folder, name), text);
  return folder;
}

/** Loads a task whose file task.yaml is given with its rows. */
export async function loadFiles(files: Record<string, string>): Promise<Task> {
  return loadTask(path.join(await folderOf(files), 'task.yaml'), folders);
}
