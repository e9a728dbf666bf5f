import { ArtifactRef } from '../schemas/artifact.js';

/** All artifact references inside a JSON value, in the order of the value’s properties. */
export function referencesIn(value: unknown): ArtifactRef[] {
  if (typeof value !== 'object' || value === null) return [];
  const reference = ArtifactRef.safeParse(value);
  return reference.success ? [reference.data] : Object.values(value).flatMap(referencesIn);
}
