import type { LeveledFamily } from '../../../schemas/task.js';
import { seededRandom } from '../../statistics/random.js';
import type { Row } from '../rows.js';
import { arithmetic } from './arithmetic.js';
import { codeOutput } from './code-output.js';
import { deduction } from './deduction.js';
import type { Family, Split } from './family.js';
import { tableLookup } from './table-lookup.js';
import { jsonCall, toolCall } from './tool-call.js';
import { tracking } from './tracking.js';

/** Families with a difficulty, any number of items, and a test split in other words. */
export const leveledFamilies: Record<LeveledFamily, Family> = {
  arithmetic,
  deduction,
  tracking,
  'table-lookup': tableLookup,
  'code-output': codeOutput,
  'tool-call': toolCall,
  'json-call': jsonCall,
};

export interface Generation {
  family: LeveledFamily;
  difficulty: number;
  items: number;
  test_items: number;
  seed: number;
}

/** Rows {prompt, options, answer} of both splits; a longer list begins with the shorter one. */
export function generatedRows({ family, difficulty, items, test_items, seed }: Generation): {
  train: Row[];
  test: Row[];
} {
  const make = (split: Split, count: number) => {
    const random = seededRandom([family, difficulty, seed, split].join('/'));
    return Array.from({ length: count }, (_, index) => ({
      fields: { ...leveledFamilies[family]({ split, difficulty, random }) },
      place: { file: `generated ${family}`, row: index + 1 },
    }));
  };
  return { train: make('train', items), test: make('test', test_items) };
}
