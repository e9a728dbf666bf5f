import { z } from 'zod';
import { Name } from './names.js';
import { NpmPackage, PathWithin } from './package-names.js';

/**
 * Where an unrelated text comes from: the novel of a bundled package, source code of an installed npm package, generated
 * requests that are put as user turns of the model’s chat template, or a file (relative to the folder of texts.yaml).
 */
export const TextSource = z.discriminatedUnion('from', [
  z.strictObject({ from: z.literal('moby-dick') }),
  z.strictObject({
    from: z.literal('npm'),
    package: NpmPackage,
    files: z.array(PathWithin).min(1),
  }),
  z.strictObject({
    from: z.literal('chat-prompts'),
    count: z.number().int().positive().max(5000),
    seed: z.number().int().nonnegative(),
  }),
  z.strictObject({ from: z.literal('file'), path: z.string().min(1) }),
]);

/** data/texts.yaml: texts for off-target measures, by name. */
export const TextsFile = z.record(
  Name,
  z.strictObject({ licence: z.string().min(1), description: z.string(), source: TextSource }),
);
export type TextsFile = z.infer<typeof TextsFile>;
