import type { Item } from '../../schemas/item.js';
import { words } from './words.js';

/**
 * For each option, the share of its word stems that the prompt has too. Where the prompt lists options, a line that
 * mentions one alone describes it and counts as part of that option; other mentions are taken out, since being listed
 * favours nobody.
 */
export function wordOverlap({ prompt, options }: Item): number[] {
  const described = options.map((option) => [option]);
  const rest: string[] = [];
  for (const line of prompt.split('\n')) {
    const mentioned = options.flatMap((option, index) => (mentions(line, option) ? [index] : []));
    const [only] = mentioned;
    if (only !== undefined && mentioned.length === 1 && prompt.includes('\n')) described[only]?.push(line);
    else rest.push(mentioned.reduce((text, index) => text.replaceAll(options[index] ?? '', ' '), line));
  }
  const asked = stems(rest.join('\n'));
  return described.map((lines) => {
    const own = stems(lines.join('\n'));
    return own.size === 0 ? 0 : [...own].filter((stem) => asked.has(stem)).length / own.size;
  });
}

function mentions(line: string, option: string): boolean {
  const at = line.indexOf(option);
  if (at < 0) return false;
  const around = `${line.slice(at - 1, at)}${line.slice(at + option.length).charAt(0)}`;
  return !/[\p{L}\p{N}_]/u.test(around);
}

/** A word's first five letters: enough to join "Albania" and "Albanian". Words of one or two letters are left out. */
function stems(text: string): Set<string> {
  return new Set(
    words(text)
      .filter((word) => word.length > 2 || /\p{N}/u.test(word))
      .map((word) => word.slice(0, 5)),
  );
}
