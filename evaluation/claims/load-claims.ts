import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { ClaimSet } from '../../schemas/claims.js';
import { InvalidInput } from '../../schemas/invalid-input.js';
import { didYouMean } from '../../schemas/suggestion.js';
import { readYamlFile } from '../tasks/yaml-file.js';

/** Loads the pre-registration data/claims/<name>.yaml. Throws an error that names the file and line at fault. */
export async function loadClaims(name: string, { root }: { root: string }): Promise<ClaimSet> {
  const folder = path.join(root, 'data', 'claims');
  const names = (await readdir(folder)).flatMap((file) => {
    return file.endsWith('.yaml') ? [path.basename(file, '.yaml')] : [];
  });
  if (!names.includes(name))
    throw new InvalidInput(
      `${folder}: found no claims "${name}"${didYouMean(name, names)} (known: ${names.sort().join(', ')})`,
    );
  const set = await readYamlFile(path.join(folder, `${name}.yaml`), ClaimSet);
  if (set.name === name) return set;
  throw new InvalidInput(
    `${folder}/${name}.yaml: found the name "${set.name}", expected "${name}" as the file says`,
  );
}
