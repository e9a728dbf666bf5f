import type { Checkpoint } from './checkpoint.js';
import { fileDigest } from './file-digest.js';
import { readFolderCheckpoint } from './folder-checkpoint.js';
import { readGgufCheckpoint } from './gguf-checkpoint.js';
import type { ModelLocation } from './location.js';

/**
 * Opens a model's files. Headers are read and checked at once; a tensor's values only when asked for.
 * @param options.cacheFolder per-user cache, in which digests of big files are remembered
 * @throws naming the file, the tensor and what was expected, when the files are damaged or are not one whole model
 */
export async function readCheckpoint(
  location: ModelLocation,
  options: { cacheFolder?: string } = {},
): Promise<Checkpoint> {
  const licence = location.licence === undefined ? {} : { licence: location.licence };
  if (location.format === 'safetensors') {
    return { ...(await readFolderCheckpoint(location.folder, options)), ...licence };
  }
  const digest = await fileDigest(location.file, options);
  // Opened before the digests are compared: for a truncated file its error names the tensor and the bytes.
  const checkpoint = await readGgufCheckpoint(location.file, digest);
  if (location.sha256 !== undefined && digest !== location.sha256) {
    throw new Error(
      `${location.file}: SHA-256 is ${digest}, expected ${location.sha256} for ${location.name}; delete the file and run \`npm run setup\``,
    );
  }
  return { ...checkpoint, ...licence };
}
