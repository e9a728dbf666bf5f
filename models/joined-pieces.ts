/**
 * Joins neighbours as long as two of them are a piece, the pair of the highest score first, from left to right of equals.
 * @param characters of a text, in their order
 * @param scoreOf the score of a piece, undefined for a text that is none
 */
export function joinedPieces(
  characters: readonly string[],
  scoreOf: (piece: string) => number | undefined,
): string[] {
  const parts: (string | undefined)[] = [...characters];
  const next = parts.map((_, i) => i + 1);
  const previous = parts.map((_, i) => i - 1);
  const pairs: Pair[] = [];
  const consider = (left: number, right: number): void => {
    const [a, b] = [parts[left], parts[right]];
    if (a === undefined || b === undefined) return;
    const score = scoreOf(a + b);
    if (score !== undefined) push(pairs, { left, right, score, length: a.length + b.length });
  };
  for (let i = 1; i < parts.length; i++) consider(i - 1, i);
  for (let best = pop(pairs); best !== undefined; best = pop(pairs)) {
    const { left, right, length } = best;
    const [a, b] = [parts[left], parts[right]];
    if (a === undefined || b === undefined || next[left] !== right || a.length + b.length !== length)
      continue;
    const after = next[right] ?? parts.length;
    parts[left] = a + b;
    parts[right] = undefined;
    next[left] = after;
    if (after < parts.length) previous[after] = left;
    consider(previous[left] ?? -1, left);
    consider(left, after);
  }
  return parts.filter((part) => part !== undefined);
}

/** A pair of neighbours that may be joined; it is out of date when one of them has changed since. */
interface Pair {
  left: number;
  right: number;
  score: number;
  length: number;
}

function precedes(a: Pair, b: Pair): boolean {
  return a.score === b.score ? a.left < b.left : a.score > b.score;
}

// A binary heap: every entry precedes those at twice its place plus one and two.

function push(heap: Pair[], pair: Pair): void {
  let at = heap.push(pair) - 1;
  while (at > 0) {
    const above = (at - 1) >> 1;
    const other = heap[above];
    if (other === undefined || !precedes(pair, other)) break;
    heap[at] = other;
    at = above;
  }
  heap[at] = pair;
}

function pop(heap: Pair[]): Pair | undefined {
  const first = heap[0];
  const last = heap.pop();
  if (heap.length === 0 || last === undefined) return first;
  let at = 0;
  for (;;) {
    const [left, right] = [heap[2 * at + 1], heap[2 * at + 2]];
    const below =
      right !== undefined && left !== undefined && precedes(right, left) ? 2 * at + 2 : 2 * at + 1;
    const other = heap[below];
    if (other === undefined || !precedes(other, last)) break;
    heap[at] = other;
    at = below;
  }
  heap[at] = last;
  return first;
}
