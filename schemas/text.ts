import { z } from 'zod';
import { Name } from './names.js';

/** Where an unrelated text comes from: the bundled package, or a file (relative to the folder of texts.yaml). */
export const TextSource = z.discriminatedUnion('from', [
  z.strictObject({ from: z.literal('moby-dick') }),
  z.strictObject({ from: z.literal('file'), path: z.string().min(1) }),
]);

/** data/texts.yaml: texts for off-target measures, by name. */
export const TextsFile = z.record(
  Name,
  z.strictObject({ licence: z.string().min(1), description: z.string(), source: TextSource }),
);
export type TextsFile = z.infer<typeof TextsFile>;
