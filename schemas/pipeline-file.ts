import { isMap, isNode, isPair, isScalar, LineCounter, type Node, parseDocument, visit } from 'yaml';
import { z } from 'zod';
import { InvalidInput } from './invalid-input.js';
import { type MethodKind, Pipeline, Stage } from './pipeline.js';
import { graphIssues, isMethodStage, type PipelineIssue, partsOf, stagesOf } from './pipeline-graph.js';
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

/** What a check of pipelines must know of the methods; `methods/catalog.ts` has them. */
export interface MethodCatalog {
  /** Names of the methods that a kind of stage may run. */
  names(kind: MethodKind): string[];
  /** What a stage may set for a method. */
  options(kind: MethodKind, method: string): z.ZodObject | undefined;
  /** Candidates that a stage judges in all its searches, with the stages that it combines; 0 where it runs no method. */
  trials(stage: Stage, parts: readonly Stage[]): number;
  /** What is wrong with these methods, [kind, name] each, as the parts of a combination. */
  refuses(order: string, parts: readonly (readonly [MethodKind, string])[]): string | undefined;
}

/**
 * Reads and checks a pipeline document.
 * @param text YAML 1.2 (hence also JSON); aliases, merge keys, custom tags and duplicate keys are errors.
 * @param place file name for messages.
 * @throws InvalidPipeline with every fault found.
 */
export function parsePipeline(text: string, place: string, catalog: MethodCatalog): Pipeline {
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
  const { pipeline, issues } = check(document.toJS(), catalog);
  if (pipeline !== undefined) return pipeline;
  throw new InvalidPipeline(
    place,
    issues.map((issue) => ({ ...issue, ...at(offsetOf(document.contents, issue)) })),
  );
}

/** Checks a pipeline given as a value (JSON through Temporal, or code). @throws InvalidPipeline */
export function checkPipeline(value: unknown, place: string, catalog: MethodCatalog): Pipeline {
  const { pipeline, issues } = check(value, catalog);
  if (pipeline !== undefined) return pipeline;
  throw new InvalidPipeline(
    place,
    issues.map((issue) => ({ ...issue, line: 0, column: 0 })),
  );
}

function check(value: unknown, catalog: MethodCatalog): { pipeline?: Pipeline; issues: PipelineIssue[] } {
  const parsed = Pipeline.safeParse(value, { reportInput: true });
  const faults = parsed.error?.issues.flatMap((issue) => explain(issue, value, knownKeys(value))) ?? [];
  const { stages, issues } = withMethodOptions(soundStages(value), value, catalog);
  if (!parsed.success || issues.length > 0) return { issues: [...faults, ...issues] };
  const pipeline = { ...parsed.data, stages };
  const found = [
    ...graphIssues(pipeline, (stage) => catalog.trials(stage, partsOf(pipeline, stage))),
    ...partIssues(pipeline, catalog),
  ];
  return found.length > 0 ? { issues: found } : { pipeline, issues: found };
}

/** The stages that are well-formed as far as their kind goes, whatever else is wrong with a document. */
function soundStages(document: unknown): [string, Stage][] {
  const stages = valueAt(document, ['stages']);
  if (typeof stages !== 'object' || stages === null) return [];
  return Object.entries(stages).flatMap(([name, value]): [string, Stage][] => {
    const parsed = Stage.safeParse(value);
    return parsed.success ? [[name, parsed.data]] : [];
  });
}

/** Every stage with its method's options checked and their defaults written out. */
function withMethodOptions(
  named: readonly [string, Stage][],
  document: unknown,
  catalog: MethodCatalog,
): { stages: Record<string, Stage>; issues: PipelineIssue[] } {
  const issues: PipelineIssue[] = [];
  const stages = named.map(([name, stage]): [string, Stage] => {
    const split = splitStage(stage);
    if (split === undefined) return [name, stage];
    const path = ['stages', name];
    const options = catalog.options(split.kind, split.method);
    if (options === undefined) {
      const names = catalog.names(split.kind);
      const message = `found ${show(split.method)}; expected one of ${names.join(', ')}${didYouMean(split.method, names)}`;
      issues.push({ path: [...path, split.methodKey], message });
      return [name, stage];
    }
    const parsed = options.safeParse(split.options, { reportInput: true });
    if (parsed.success) return [name, Stage.parse({ ...split.fixed, ...parsed.data })];
    const known = (inner: (string | number)[]) => [
      ...(inner.length === 2 ? Object.keys(split.fixed) : []),
      ...keysAt(options, inner.slice(2)),
    ];
    for (const issue of parsed.error.issues)
      issues.push(...explain({ ...issue, path: [...path, ...issue.path] }, document, known));
    return [name, stage];
  });
  return { stages: Object.fromEntries(stages), issues };
}

/** The keys that every stage of a kind has, and the rest: its method's options. */
function splitStage(stage: Stage) {
  if (isMethodStage(stage)) {
    const { stage: kind, data, method, ...options } = stage;
    return { kind, method, methodKey: 'method', fixed: { stage: kind, data, method }, options };
  }
  if (stage.stage !== 'combine') return undefined;
  const { stage: kind, of, order, against, ...options } = stage;
  return { kind, method: order, methodKey: 'order', fixed: { stage: kind, of, order, against }, options };
}

/** The method options of a stage, without what all stages of its kind say. */
export function methodOptions(stage: Stage): Record<string, unknown> {
  return splitStage(stage)?.options ?? {};
}

function partIssues(pipeline: Pipeline, catalog: MethodCatalog): PipelineIssue[] {
  return stagesOf(pipeline, 'combine').flatMap(([name, { of, order }]) => {
    const parts = of.flatMap((part): [MethodKind, string][] => {
      const stage = pipeline.stages[part];
      return stage !== undefined && isMethodStage(stage) ? [[stage.stage, stage.method]] : [];
    });
    const refusal = parts.length === of.length ? catalog.refuses(order, parts) : undefined;
    if (refusal === undefined) return [];
    return [{ path: ['stages', name, 'of'], message: `stage "${name}" (${order}): ${refusal}` }];
  });
}

/** A zod issue in words: what was found, what was expected, and a suggestion. */
function explain(
  issue: z.core.$ZodIssue,
  document: unknown,
  knownAt: (path: (string | number)[]) => string[],
): PipelineIssue[] {
  const path = issue.path.map((key) => (typeof key === 'symbol' ? String(key) : key));
  const found = valueAt(document, path);
  if (issue.code === 'unrecognized_keys') {
    const known = knownAt(path);
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

/** Keys allowed at a path of a document, methods' own aside. */
function knownKeys(document: unknown): (path: (string | number)[]) => string[] {
  return (path) => {
    if (path.length === 0) return Object.keys(Pipeline.shape);
    const kind = valueAt(document, [...path.slice(0, 2), 'stage']);
    const stage = Stage.options.find((option) => option.shape.stage.value === kind);
    return stage === undefined || path.length !== 2 ? [] : Object.keys(stage.shape);
  };
}

/** Keys of the object at a path within a schema. */
function keysAt(schema: z.core.$ZodType, path: (string | number)[]): string[] {
  const inner = unwrapped(schema);
  if (!(inner instanceof z.ZodObject)) return [];
  const [key, ...rest] = path;
  if (key === undefined) return Object.keys(inner.shape);
  const field = inner.shape[key];
  return field === undefined ? [] : keysAt(field, rest);
}

function unwrapped(schema: z.core.$ZodType): z.core.$ZodType {
  return schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault
    ? unwrapped(schema.unwrap())
    : schema;
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
