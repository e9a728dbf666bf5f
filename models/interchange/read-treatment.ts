import { statSync } from 'node:fs';
import { InvalidInput } from '../../schemas/invalid-input.js';
import { fileBytes } from '../checkpoints/byte-source.js';
import type { TransformerConfig } from '../config.js';
import type { Treatment } from '../treatment.js';
import { treatmentFrom } from '../treatment-file.js';
import { readControlVector } from './control-vector.js';
import { readPeftAdapter } from './read-peft-adapter.js';

/**
 * Reads a treatment in any form there is: a PEFT folder, a GGUF control vector, or a treatment's own safetensors file. The
 * caller owns the tensors.
 * @param model config of the model it is for, whose family decides how PEFT names its modules
 * @throws InvalidInput when nothing is there or it is none of these
 */
export async function readTreatment(path: string, model?: TransformerConfig): Promise<Treatment> {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined)
    throw new InvalidInput(
      `${path}: there is no such file or folder, expected a PEFT folder, a GGUF control vector or a treatment's safetensors file`,
    );
  try {
    if (found.isDirectory()) return readPeftAdapter(path, model);
    if (isGguf(path)) return await readControlVector(path);
    return treatmentFrom(fileBytes(path));
  } catch (error) {
    if (!(error instanceof Error) || ('code' in error && error.code !== 'ENOENT')) throw error;
    throw new InvalidInput(error.message, { cause: error });
  }
}

function isGguf(path: string): boolean {
  const file = fileBytes(path);
  return file.size >= 4 && Buffer.from(file.read(0, 4, 'the first bytes')).toString('latin1') === 'GGUF';
}
