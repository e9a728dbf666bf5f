export interface JsonSyntaxError {
  /** 0-based, in UTF-16 units. */
  offset: number;
  found: string;
  expected: string;
}

const space = /[ \t\r\n]*/y;
const quoted = String.raw`"[ !#-[\]-\uffff]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[ !#-[\]-\uffff]*)*"`;
const number = String.raw`-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\d.eE+-])`;
const scalar = new RegExp(String.raw`${quoted}|${number}|(?:true|false|null)\b`, 'y');
const key = new RegExp(quoted, 'y');

/**
 * Where a text stops being JSON (RFC 8259). The runtime's own message leaves the position out in many cases.
 * Throws when the text is well-formed, since there is nothing to tell.
 */
export function jsonSyntaxError(text: string): JsonSyntaxError {
  let at = 0;

  function match(pattern: RegExp): boolean {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found) at += found[0].length;
    return found !== null;
  }
  function take(character: string): boolean {
    match(space);
    if (text[at] !== character) return false;
    at += 1;
    return true;
  }
  /** Each reader answers what it expected at `at`, or nothing when it read its part. */
  function value(): string | undefined {
    if (take('{')) return list('}', member);
    if (take('[')) return list(']', value);
    return match(scalar) ? undefined : 'a JSON value';
  }
  function member(): string | undefined {
    match(space);
    if (!match(key)) return 'a field name in double quotes';
    return take(':') ? value() : '":"';
  }
  function list(close: string, element: () => string | undefined): string | undefined {
    if (take(close)) return undefined;
    do {
      const expected = element();
      if (expected !== undefined) return expected;
    } while (take(','));
    return take(close) ? undefined : `"," or "${close}"`;
  }

  let expected = value();
  if (expected === undefined) {
    match(space);
    if (at === text.length) throw new Error('the text is well-formed JSON');
    expected = 'the end of the line';
  }
  return {
    offset: at,
    found: at < text.length ? JSON.stringify(text.slice(at, at + 12)) : 'the end of the text',
    expected,
  };
}
