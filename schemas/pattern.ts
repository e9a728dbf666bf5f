import { z } from 'zod';

/** A JavaScript regular expression with one group, applied line by line. */
export const Pattern = z.string().min(1).refine(isPattern, 'expected a regular expression with one group');

function isPattern(text: string): boolean {
  try {
    return new RegExp(`${text}|`).exec('')?.length === 2;
  } catch {
    return false;
  }
}
