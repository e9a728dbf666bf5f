import { describe, expect, it } from 'vitest';
import { didYouMean, nearest } from '../../schemas/suggestion.js';

describe('the nearest name', () => {
  it('is the one with the fewest edits, whatever the case', () => {
    expect(nearest('smollm', ['smollm2', 'llama', 'smollm3-x'])).toBe('smollm2');
    expect(nearest('LLAMA', ['smollm2', 'llama'])).toBe('llama');
  });

  it('counts two swapped letters as one edit', () => {
    expect(nearest('rnak', ['rank', 'batch'])).toBe('rank');
  });

  it('is none when all are far, or nothing was given', () => {
    expect(nearest('qwen', ['smollm2', 'llama'])).toBeUndefined();
    expect(nearest('', ['a'])).toBeUndefined();
    expect(didYouMean('qwen', [])).toBe('');
  });
});
