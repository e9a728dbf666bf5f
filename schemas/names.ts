import { z } from 'zod';

/**
 * A name that becomes part of a path, a workflow id or a table: lower case, digits, `.`, `_`, `-`; at most 64 characters.
 * `..` and path separators cannot be written in it.
 */
export const Name = z
  .string()
  .regex(
    /^[a-z0-9](?:[a-z0-9_-]|\.(?!\.)){0,63}$/,
    'expected a name of lower-case letters, digits, ".", "_" or "-" (at most 64)',
  );

/** A file of a published study: a name, or one in a folder of it (`figures/crossovers.csv`). */
export const PublishedName = z
  .string()
  .refine(
    (name) => name.split('/').length <= 2 && name.split('/').every((part) => Name.safeParse(part).success),
    {
      error:
        'expected the name of a file, or of one in a folder: lower-case letters, digits, ".", "_" or "-"',
    },
  );

/** How a model is named in a pipeline: a bundled name, a hub id `owner/name` with optional `@revision`, a folder path,
 * or a member of one of its own pretrain stages, `<stage>/<member>` with optional `@<step>`. */
export const ModelName = z
  .string()
  .min(1)
  .max(300)
  .describe(
    'a model of data/models.yaml, a hub id owner/name[@revision], a folder path, or <pretrain stage>/<member>[@<step>]',
  );
