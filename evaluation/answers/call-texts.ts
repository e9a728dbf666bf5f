import { z } from 'zod';

const Call = z
  .object({
    name: z.string().min(1),
    arguments: z.unknown().optional(),
    parameters: z.unknown().optional(),
  })
  .transform((call, context) => {
    const given = call.arguments ?? call.parameters ?? {};
    const parsed = Arguments.safeParse(typeof given === 'string' ? jsonOf(given) : given);
    if (parsed.success) return { name: call.name, arguments: parsed.data };
    context.addIssue({ code: 'custom', message: 'arguments are no object' });
    return z.NEVER;
  });

const Arguments = z.record(z.string(), z.unknown());

/**
 * The calls {"name", "arguments"} that a text holds as JSON, each in one form: keys sorted, numbers by their value (2 and
 * 2.0 are one), texts composed and trimmed; a number is no text. Arguments may be called `parameters`, or be JSON in a text.
 */
export function callTexts(text: string): string[] {
  return objectsIn(text).flatMap((value) => {
    const call = Call.safeParse(value);
    return call.success ? [JSON.stringify(sorted(call.data))] : [];
  });
}

/** The outermost JSON objects of a text. */
function objectsIn(text: string): unknown[] {
  const objects: unknown[] = [];
  for (let start = text.indexOf('{'); start >= 0; ) {
    const end = objectEnd(text, start);
    const value = end === undefined ? undefined : jsonOf(text.slice(start, end));
    if (value !== undefined) objects.push(value);
    start = text.indexOf('{', value === undefined || end === undefined ? start + 1 : end);
  }
  return objects;
}

/** The place after the brace that closes the one at `start`; braces within quotes do not count. */
function objectEnd(text: string, start: number): number | undefined {
  let depth = 0;
  let isQuoted = false;
  for (let place = start; place < text.length; place++) {
    const sign = text[place];
    if (isQuoted && sign === '\\') place += 1;
    else if (sign === '"') isQuoted = !isQuoted;
    else if (!isQuoted && sign === '{') depth += 1;
    else if (!isQuoted && sign === '}') {
      depth -= 1;
      if (depth === 0) return place + 1;
    }
  }
  return undefined;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // No JSON is no call, which the caller counts.
    return undefined;
  }
}

function sorted(value: unknown): unknown {
  if (typeof value === 'string') return value.normalize('NFC').trim();
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([key, own]) => [key, sorted(own)]));
}
