import { z } from 'zod';

export const Sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'expected a SHA-256 in lower-case hexadecimal');

export const ArtifactKind = z.enum(['parquet', 'arrow', 'safetensors', 'json', 'html', 'csv', 'text']);

/** A reference to an immutable object of the store. This, not the object, travels through Temporal. */
export const ArtifactRef = z.strictObject({
  sha256: Sha256,
  bytes: z.number().int().nonnegative(),
  kind: ArtifactKind,
});

export type ArtifactKind = z.infer<typeof ArtifactKind>;
export type ArtifactRef = z.infer<typeof ArtifactRef>;
