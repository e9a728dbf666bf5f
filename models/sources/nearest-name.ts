/**
 * The known name that a mistyped one was probably meant to be: the fewest edits away, if at most a third of it.
 * @returns nothing when no name is that near
 */
export function nearestName(name: string, known: Iterable<string>): string | undefined {
  let nearest: { candidate: string; edits: number } | undefined;
  for (const candidate of known) {
    const edits = editDistance(name.toLowerCase(), candidate.toLowerCase());
    const near = edits <= Math.max(name.length, candidate.length) / 3;
    if (near && (nearest === undefined || edits < nearest.edits)) nearest = { candidate, edits };
  }
  return nearest?.candidate;
}

// Levenshtein's distance, one row of the table at a time.
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, j) => j);
  for (const [i, letter] of [...from].entries()) {
    const next = [i + 1];
    for (const [j, above] of row.slice(1).entries()) {
      const diagonal = row[j] ?? Infinity;
      const left = next[j] ?? Infinity;
      next.push(Math.min(above + 1, left + 1, diagonal + (letter === to[j] ? 0 : 1)));
    }
    row = next;
  }
  return row.at(-1) ?? Infinity;
}
