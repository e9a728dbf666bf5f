import { readFile } from 'node:fs/promises';
import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { didYouMean } from '../../schemas/suggestion.js';
import { deepNesting } from '../../schemas/yaml-nesting.js';
import { type Place, TaskError } from './task-error.js';

/** Reads a YAML file against a schema. Throws TaskError naming file, line, column, the value found and what was expected. */
export async function readYamlFile<Schema extends z.ZodType>(
  file: string,
  schema: Schema,
): Promise<z.infer<Schema>> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new TaskError('the file cannot be read; check the path', { file }, { cause });
  });
  const deep = deepNesting(text);
  if (deep !== undefined) throw new TaskError(deep.message, { file, line: deep.line, column: 1 });
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, version: '1.2' });
  const syntax = document.errors[0];
  if (syntax) {
    const { line, col } = lines.linePos(syntax.pos[0]);
    throw new TaskError(syntax.message.split('\n')[0] ?? '', { file, line, column: col }, { cause: syntax });
  }
  const parsed = schema.safeParse(document.toJS());
  if (parsed.success) return parsed.data;
  const [first] = parsed.error.issues;
  if (!first) throw parsed.error;
  const issue = ofLikeliestForm(first);
  throw new TaskError(problemOf(document, issue, fieldNames(schema)), placeOf(document, lines, file, issue));
}

/**
 * Of a value that has none of several forms: what is wrong with the form it comes closest to, if it is of the same kind
 * (a list, an object) as one of them.
 */
function ofLikeliestForm(issue: z.core.$ZodIssue): z.core.$ZodIssue {
  if (issue.code !== 'invalid_union') return issue;
  const [nearest] = issue.errors
    .map((form) => form.map(ofLikeliestForm))
    .filter((form) => form.every(({ path, code }) => path.length > 0 || code === 'unrecognized_keys'))
    .sort((one, other) => one.length - other.length);
  const [inner] = nearest ?? [];
  return inner === undefined ? issue : { ...inner, path: [...issue.path, ...inner.path] };
}

function problemOf(document: Document.Parsed, issue: z.core.$ZodIssue, known: Iterable<string>): string {
  const where = issue.path.length > 0 ? `"${issue.path.join('.')}"` : 'the file';
  if (issue.code === 'unrecognized_keys') {
    const keys = issue.keys.map((key) => `"${key}"${didYouMean(key, known)}`);
    return `${where}: found the unknown field ${keys.join(', ')}`;
  }
  const found = foundAt(document, issue.path);
  const expected = expectedBy(issue);
  const values = acceptedValues(issue);
  const hint = typeof found === 'string' ? didYouMean(found, values) : '';
  return `${where}: found ${written(found)}, ${values.length > 0 ? `expected one of ${values.join(', ')}` : expected}${hint}`;
}

function expectedBy(issue: z.core.$ZodIssue): string {
  if (issue.code !== 'invalid_union' || issue.errors.length === 0)
    return issue.message.replace(/^Invalid (?:input|option): /, '').replace(/, received \w+$/, '');
  const kinds = issue.errors.flatMap((form) => form.slice(0, 1).map(expectedBy));
  return `expected ${[...new Set(kinds.map((kind) => kind.replace(/^expected /, '')))].join(' or ')}`;
}

function acceptedValues(issue: z.core.$ZodIssue): string[] {
  if (issue.code === 'invalid_value') return issue.values.map(String);
  return issue.code === 'invalid_union' && 'options' in issue && Array.isArray(issue.options)
    ? issue.options.map(String)
    : [];
}

/** Every field name a schema knows, at any depth. */
function fieldNames(schema: z.ZodType): Set<string> {
  const names = new Set<string>();
  JSON.stringify(z.toJSONSchema(schema, { io: 'input' }), (key, value: unknown) => {
    if (key === 'properties' && typeof value === 'object' && value !== null) {
      for (const name of Object.keys(value)) names.add(name);
    }
    return value;
  });
  return names;
}

function foundAt(document: Document.Parsed, path: readonly PropertyKey[]): unknown {
  const node = path.length === 0 ? document.contents : document.getIn(path, true);
  return isNode(node) ? node.toJS(document) : undefined;
}

function written(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}

/** The place of the value at fault, or of the nearest thing around it when the value is absent. */
function placeOf(
  document: Document.Parsed,
  lines: LineCounter,
  file: string,
  issue: z.core.$ZodIssue,
): Place {
  const key = issue.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
  for (let depth = issue.path.length; depth >= 0; depth -= 1) {
    const path = issue.path.slice(0, depth);
    const node = path.length === 0 ? document.contents : document.getIn(path, true);
    if (!isNode(node)) continue;
    const wrongKey = isMap(node)
      ? node.items.map((pair) => pair.key).find((name) => isScalar(name) && name.value === key)
      : undefined;
    const range = isScalar(wrongKey) ? wrongKey.range : node.range;
    if (!range) continue;
    const { line, col } = lines.linePos(range[0]);
    return { file, line, column: col };
  }
  return { file, line: 1, column: 1 };
}
