import { z } from 'zod';

export const NpmPackage = z
  .string()
  .regex(/^(@[a-z0-9][\w.-]*\/)?[a-z0-9][\w.-]*$/, 'expected the name of an npm package');

/** A path that leads nowhere out of its folder. */
export const PathWithin = z
  .string()
  .regex(/^(?!.*(^|\/)\.{1,2}(\/|$))[\w][\w./ -]*$/, 'expected a path that stays within its folder');
