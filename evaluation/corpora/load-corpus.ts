import { TaskFile } from '../../schemas/task.js';
import { loadTask, type TaskFolders, taskFile } from '../tasks/load-task.js';
import { TaskError } from '../tasks/task-error.js';
import { readYamlFile } from '../tasks/yaml-file.js';
import { attributesCorpus } from './attributes-corpus.js';
import type { Corpus } from './corpus.js';
import { taskCorpus } from './task-corpus.js';

/** The text that a task is learned from, by the task's name or file. @throws TaskError for a task of finitely many rows */
export async function loadCorpus(nameOrPath: string, folders: TaskFolders): Promise<Corpus> {
  const { file } = await taskFile(nameOrPath, folders);
  const { name, source, template } = await readYamlFile(file, TaskFile);
  if (source.from === 'attributes') return attributesCorpus(name, source);
  if (source.from === 'generated')
    return taskCorpus(await loadTask(nameOrPath, folders), { family: source.family, template });
  throw new TaskError(
    `"source.from": found "${source.from}", expected "attributes" or "generated" for a corpus`,
    { file },
  );
}
