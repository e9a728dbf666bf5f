const MAX_DEPTH = 50;

/** An indicator that opens a block collection where a space or the line's end follows. */
const INDICATOR = /[-?:](?=[ \t]|$)/y;

/**
 * What nests too deep in a YAML text, with its line: the parser goes down once for every level, and its stack is bounded.
 * Undefined for a text that can be parsed.
 */
export function deepNesting(text: string): { line: number; message: string } | undefined {
  let brackets = 0;
  let blocks: number[] = [];
  for (const [index, line] of text.split(/\r\n|\r|\n/).entries()) {
    for (const character of line) {
      if (character === '[' || character === '{') brackets++;
      if (character === ']' || character === '}') brackets = Math.max(0, brackets - 1);
      if (brackets > MAX_DEPTH) return tooDeep('brackets', index);
    }
    blocks = opened(line, blocks);
    if (blocks.length > MAX_DEPTH) return tooDeep('blocks', index);
  }
  return undefined;
}

function tooDeep(what: string, index: number): { line: number; message: string } {
  return { line: index + 1, message: `found ${what} nested deeper than ${MAX_DEPTH}` };
}

/** Columns at which the blocks begin that are open after a line: one for each indicator, one for what follows them. */
function opened(line: string, before: readonly number[]): number[] {
  const starts: number[] = [];
  let column = indentation(line, 0);
  if (column === line.length || line[column] === '#') return [...before];
  for (; isIndicator(line, column); column = indentation(line, column + 1)) starts.push(column);
  if (column < line.length) starts.push(column);
  const [first = 0] = starts;
  return [...before.filter((start) => start < first), ...starts];
}

function indentation(line: string, from: number): number {
  let column = from;
  while (line[column] === ' ' || line[column] === '\t') column++;
  return column;
}

function isIndicator(line: string, column: number): boolean {
  INDICATOR.lastIndex = column;
  return INDICATOR.test(line);
}
