import { TaskFile } from '../../schemas/task.js';
import { type TaskFolders, taskFile } from '../tasks/load-task.js';
import { TaskError } from '../tasks/task-error.js';
import { readYamlFile } from '../tasks/yaml-file.js';
import { attributesCorpus } from './attributes-corpus.js';
import type { Corpus } from './corpus.js';

/** The text that a task's training items are made of, by the task's name or file. @throws TaskError */
export async function loadCorpus(nameOrPath: string, folders: TaskFolders): Promise<Corpus> {
  const { file } = await taskFile(nameOrPath, folders);
  const { name, source } = await readYamlFile(file, TaskFile);
  if (source.from === 'attributes') return attributesCorpus(name, source);
  throw new TaskError(`"source.from": found "${source.from}", expected "attributes" for a corpus`, { file });
}
