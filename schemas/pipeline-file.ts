import { isMap, isNode, isPair, isScalar, LineCounter, type Node, parseDocument, visit } from 'yaml';
import type { z } from 'zod';
import { InvalidInput } from './invalid-input.js';
import { Pipeline, Stage } from './pipeline.js';
import { graphIssues, type PipelineIssue } from './pipeline-graph.js';
import { didYouMean } from './suggestion.js';

const MAX_BYTES = 1_000_000;
const MAX_DEPTH = 50;

/** A fault with its place in the document. `line` and `column` are 1-based; both are 0 when the pipeline came as a value. */
export interface PlacedIssue extends PipelineIssue {
  line: number;
  column: number;
}

/** Thrown for a pipeline that cannot run. The message lists every fault, one a line, as `file:line:column path: message`. */
export class InvalidPipeline extends InvalidInput {
  override name = 'InvalidPipeline';
  constructor(
    readonly place: string,
    readonly issues: readonly PlacedIssue[],
  ) {
    super(issues.map((issue) => describe(place, issue)).join('\n'));
  }
}

/**
 * Reads and checks a pipeline document.
 * @param text YAML 1.2 (hence also JSON); aliases, merge keys, custom tags and duplicate keys are errors.
 * @param place file name for messages.
 * @throws InvalidPipeline with every fault found.
 */
export function parsePipeline(text: string, place: string): Pipeline {
  if (text.length > MAX_BYTES)
    throw new InvalidPipeline(place, [
      {
        path: [],
        line: 1,
        column: 1,
        message: `found ${text.length} characters; expected at most ${MAX_BYTES}`,
      },
    ]);
  const lines = new LineCounter();
  refuseDeepNesting(text, place);
  const document = parseDocument(text, {
    lineCounter: lines,
    version: '1.2',
    schema: 'core',
    merge: false,
    uniqueKeys: true,
  });
  const at = (offset: number) => ({ line: lines.linePos(offset).line, column: lines.linePos(offset).col });
  const syntax = [...document.errors, ...document.warnings].map((error) => ({
    path: [],
    message: firstLine(error.message),
    ...at(error.pos[0]),
  }));
  visit(document, {
    Alias(_, node) {
      syntax.push({
        path: [],
        message: 'found an alias (*name); expected the value written out',
        ...at(node.range?.[0] ?? 0),
      });
    },
  });
  if (syntax.length > 0) throw new InvalidPipeline(place, syntax);
  const { pipeline, issues } = check(document.toJS());
  if (pipeline !== undefined) return pipeline;
  throw new InvalidPipeline(
    place,
    issues.map((issue) => ({ ...issue, ...at(offsetOf(document.contents, issue)) })),
  );
}

/** Checks a pipeline given as a value (JSON through Temporal, or code). @throws InvalidPipeline */
export function checkPipeline(value: unknown, place: string): Pipeline {
  const { pipeline, issues } = check(value);
  if (pipeline !== undefined) return pipeline;
  throw new InvalidPipeline(
    place,
    issues.map((issue) => ({ ...issue, line: 0, column: 0 })),
  );
}

function check(value: unknown): { pipeline?: Pipeline; issues: PipelineIssue[] } {
  const parsed = Pipeline.safeParse(value, { reportInput: true });
  if (!parsed.success) return { issues: parsed.error.issues.flatMap((issue) => explain(issue, value)) };
  const issues = graphIssues(parsed.data);
  return issues.length > 0 ? { issues } : { pipeline: parsed.data, issues };
}

/** A zod issue in words: what was found, what was expected, and a suggestion. */
function explain(issue: z.core.$ZodIssue, document: unknown): PipelineIssue[] {
  const path = issue.path.map((key) => (typeof key === 'symbol' ? String(key) : key));
  const found = valueAt(document, path);
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(document, path);
    return issue.keys.map((key) => ({
      path: [...path, key],
      atKey: true,
      message: `unknown key "${key}"${didYouMean(key, known)} (known: ${known.join(', ')})`,
    }));
  }
  if (issue.code === 'invalid_union' && 'discriminator' in issue && issue.discriminator === 'stage') {
    const kinds = Stage.options.map((option) => option.shape.stage.value);
    const kind = valueAt(document, [...path, 'stage']) ?? found;
    return [
      {
        path: [...path.filter((key) => key !== 'stage'), 'stage'],
        message: `unknown stage kind ${show(kind)}${didYouMean(String(kind), kinds)} (known: ${kinds.join(', ')})`,
      },
    ];
  }
  if (issue.code === 'invalid_value') {
    const values = issue.values.map(String);
    return [
      {
        path,
        message: `found ${show(found)}; expected ${values.length === 1 ? '' : 'one of '}${values.join(', ')}${didYouMean(String(found), values)}`,
      },
    ];
  }
  if (issue.code === 'invalid_union') {
    const wanted = issue.errors
      .map((branch) => branch.map((nested) => nested.message).join(', '))
      .join('; or ');
    return [{ path, message: `found ${show(found)}; ${wanted || issue.message}` }];
  }
  return [
    {
      path,
      message: found === undefined ? `missing; ${issue.message}` : `found ${show(found)}; ${issue.message}`,
    },
  ];
}

/** Keys allowed at a path: of the pipeline itself, of a stage, or of a stage's `search`. */
function knownKeys(document: unknown, path: (string | number)[]): string[] {
  if (path.length === 0) return Object.keys(Pipeline.shape);
  const kind = valueAt(document, [...path.slice(0, 2), 'stage']);
  const stage = Stage.options.find((option) => option.shape.stage.value === kind);
  if (stage === undefined) return [];
  if (path.length === 2) return Object.keys(stage.shape);
  return 'search' in stage.shape && path[2] === 'search' ? Object.keys(stage.shape.search.shape) : [];
}

function valueAt(document: unknown, path: (string | number)[]): unknown {
  let value = document;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = Reflect.get(value, key);
  }
  return value;
}

/** Offset of the value at `path` (of its key with `atKey`), or of the nearest ancestor that is there. */
function offsetOf(root: Node | null, { path, atKey }: PipelineIssue): number {
  let node: unknown = root;
  let offset = root?.range?.[0] ?? 0;
  for (const [depth, key] of path.entries()) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isPair(item) && isScalar(item.key) && item.key.value === key);
      if (pair === undefined) return offset;
      const last = depth === path.length - 1;
      if (isNode(pair.key)) offset = pair.key.range?.[0] ?? offset;
      if (last && !atKey && isScalar(pair.value)) offset = pair.value.range?.[0] ?? offset;
      node = pair.value;
    } else if (isNode(node) && 'items' in node && typeof key === 'number') {
      node = node.items[key];
      if (isNode(node)) offset = node.range?.[0] ?? offset;
    } else return offset;
  }
  return offset;
}

/** Flow collections nested without end overflow the parser's stack, so they are counted before parsing. */
function refuseDeepNesting(text: string, place: string): void {
  let depth = 0;
  for (const character of text) {
    if (character === '[' || character === '{') depth++;
    if (character === ']' || character === '}') depth = Math.max(0, depth - 1);
    if (depth > MAX_DEPTH)
      throw new InvalidPipeline(place, [
        { path: [], line: 1, column: 1, message: `brackets nested deeper than ${MAX_DEPTH}` },
      ]);
  }
}

function describe(place: string, { line, column, path, message }: PlacedIssue): string {
  const where = line > 0 ? `${place}:${line}:${column}` : place;
  return path.length === 0 ? `${where}: ${message}` : `${where}: ${path.join('.')}: ${message}`;
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}

function firstLine(message: string): string {
  return message.split('\n')[0] ?? message;
}
