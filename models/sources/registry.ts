import { readFile } from 'node:fs/promises';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import { Sha256 } from '../../schemas/artifact.js';
import { Name } from '../../schemas/names.js';

/** A model with a name of its own, whose one file comes from a package. */
export const BundledModel = z.strictObject({
  description: z.string(),
  licence: z.string().describe('SPDX identifier, or the name of a licence that has none'),
  terms: z
    .strictObject({ accepted_as: Name, address: z.url() })
    .optional()
    .describe('what a user must accept, and under which word the setting names it'),
  package: z.strictObject({ registry: z.literal('pypi'), name: z.string(), version: z.string() }),
  wheel_sha256: Sha256,
  file: z.string().regex(/^[\w.-]+\.gguf$/, 'expected the name of a .gguf file'),
  bytes: z.number().int().positive(),
  sha256: Sha256,
});
export type BundledModel = z.infer<typeof BundledModel>;

/**
 * Reads the bundled models by name.
 * @param path `data/models.yaml`
 * @throws naming the field that is wrong
 */
export async function readModelRegistry(path: string): Promise<Map<string, BundledModel>> {
  const parsed = z.record(Name, BundledModel).safeParse(parseYaml(await readFile(path, 'utf8')));
  if (parsed.success) return new Map(Object.entries(parsed.data));
  const issue = parsed.error.issues[0];
  throw new Error(`${path}: ${issue?.path.join('.')}: ${issue?.message}`, { cause: parsed.error });
}
