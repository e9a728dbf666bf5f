import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { catalog } from '../methods/catalog.js';
import { InvalidInput } from '../schemas/invalid-input.js';
import { Name } from '../schemas/names.js';
import type { Pipeline } from '../schemas/pipeline.js';
import { parsePipeline } from '../schemas/pipeline-file.js';
import { didYouMean } from '../schemas/suggestion.js';

/**
 * A pipeline by path (`study.yaml`, `./a/b.yml`).
 * @throws InvalidInput when there is no such file, InvalidPipeline when it is faulty.
 */
export function readPipelineFile(path: string): Pipeline {
  if (!existsSync(path))
    throw new InvalidInput(
      `no pipeline file at ${path}; expected the path of a YAML file or the name of a pipeline`,
    );
  return parsePipeline(readFileSync(path, 'utf8'), path, catalog);
}

/** A pipeline by bare name, looked up as `<name>.yaml` in the folders. @throws InvalidInput with the names there are */
export function readNamedPipeline(name: string, folders: readonly string[]): Pipeline {
  if (!Name.safeParse(name).success)
    throw new InvalidInput(`pipeline "${name}": expected the bare name of a pipeline this worker has`);
  const file = folders.map((folder) => join(folder, `${name}.yaml`)).find(existsSync);
  if (file !== undefined) return readPipelineFile(file);
  const known = listPipelines(folders);
  throw new InvalidInput(
    `no pipeline "${name}"${didYouMean(name, known)}; found: ${known.join(', ') || 'none'} (in ${folders.map((f) => resolve(f)).join(', ')})`,
  );
}

/** What a person types: a path when it looks like one, else a name. */
export function readPipeline(text: string, folders: readonly string[]): Pipeline {
  return /[\\/]|\.ya?ml$|\.json$/.test(text) ? readPipelineFile(text) : readNamedPipeline(text, folders);
}

export function listPipelines(folders: readonly string[]): string[] {
  const files = folders.filter(existsSync).flatMap((folder) => readdirSync(folder));
  return [
    ...new Set(files.filter((file) => file.endsWith('.yaml')).map((file) => basename(file, '.yaml'))),
  ].sort();
}
