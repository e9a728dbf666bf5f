import { canonicalJson } from './canonical-json.js';
import type { CellFacts } from './cell-facts.js';

const SHOWN = 3;

/** Says how the facts of a cell differ from earlier ones: "`rank` changed 4 → 8; input `model` changed 1f0c… → 99ab…". */
export function changesBetween(before: CellFacts, after: CellFacts): { reason: string; changes: number } {
  const changes = [
    ...valueChange('stage kind', before.kind, after.kind),
    ...valueChange('code version', before.code, after.code),
    ...recordChanges('', before.parameters, after.parameters),
    ...recordChanges('input ', before.inputs, after.inputs),
    ...valueChange('seed', before.seed, after.seed),
    ...recordChanges('numerics ', before.numerics, after.numerics),
  ];
  const more = changes.length > SHOWN ? [`and ${changes.length - SHOWN} more`] : [];
  return { reason: [...changes.slice(0, SHOWN), ...more].join('; '), changes: changes.length };
}

function recordChanges(
  prefix: string,
  before: Record<string, unknown>,
  after: Record<string, unknown>,
): string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return names.flatMap((name) => {
    const [old, now] = [before[name], after[name]];
    // Nested settings are compared by their own names, e.g. `search.learning_rates`.
    if (isRecord(old) && isRecord(now)) return recordChanges(`${prefix}${name}.`, old, now);
    return valueChange(quoted(prefix, name), old, now);
  });
}

function valueChange(what: string, before: unknown, after: unknown): string[] {
  const [old, now] = [shown(before), shown(after)];
  if (before === undefined && after === undefined) return [];
  if (before === undefined) return [`${what} is new: ${now}`];
  if (after === undefined) return [`${what} is gone, was ${old}`];
  return canonicalJson(before) === canonicalJson(after) ? [] : [`${what} changed ${old} → ${now}`];
}

/** `"input search."` and `"rates"` give "input `search.rates`". */
function quoted(prefix: string, name: string): string {
  const space = prefix.lastIndexOf(' ') + 1;
  return `${prefix.slice(0, space)}\`${prefix.slice(space)}${name}\``;
}

function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = typeof value === 'string' ? value : canonicalJson(value);
  if (/^[0-9a-f]{64}$/.test(text)) return `${text.slice(0, 8)}…`;
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
