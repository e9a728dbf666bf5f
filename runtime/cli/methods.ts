import { z } from 'zod';
import { methods } from '../../methods/catalog.js';
import type { Method } from '../../methods/method.js';
import { InvalidInput } from '../../schemas/invalid-input.js';
import type { MethodKind } from '../../schemas/pipeline.js';
import { didYouMean } from '../../schemas/suggestion.js';

const TITLES: Record<MethodKind, string> = {
  prompt: 'Prompting',
  steer: 'Steering',
  finetune: 'Fine-tuning',
  combine: 'Combined (a combine stage’s `order`)',
};

/** Lists the methods, a line each; with a name, everything about one. */
export async function showMethods(name: string | undefined, { json }: { json?: boolean }): Promise<void> {
  const shown = name === undefined ? methods : [named(name)];
  const lines = json
    ? [JSON.stringify(shown.map(asJson), undefined, 2)]
    : name === undefined
      ? listing()
      : shown.flatMap(description);
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** @throws InvalidInput */
function named(name: string): Method {
  const found = methods.find((method) => method.name === name);
  if (found !== undefined) return found;
  const known = methods.map((method) => method.name);
  throw new InvalidInput(`no method "${name}"${didYouMean(name, known)} (known: ${known.join(', ')})`);
}

function listing(): string[] {
  const width = Math.max(...methods.map(({ name }) => name.length));
  return Object.entries(TITLES).flatMap(([kind, title], index) => [
    ...(index > 0 ? [''] : []),
    title,
    ...methods
      .filter((method) => method.kind === kind)
      .map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
  ]);
}

interface OptionSchema {
  description?: string;
  default?: unknown;
  properties?: Record<string, unknown>;
}

function isSchema(value: unknown): value is OptionSchema {
  return typeof value === 'object' && value !== null;
}

function description(method: Method): string[] {
  const { properties } = schemaOf(method);
  return [
    `${method.name}: ${method.summary}`,
    `  stage   ${method.kind}`,
    `  source  ${method.source}`,
    `  trials  ${trialsByDefault(method)}`,
    '',
    ...optionLines(properties ?? {}, '  '),
  ];
}

function trialsByDefault({ kind, trials, options }: Method): string {
  const own = trials(options.parse({}));
  if (kind !== 'combine') return `${own} by default`;
  return own === 0 ? 'those of its parts' : `${own} by default, times the starts of its parts`;
}

function optionLines(properties: Record<string, unknown>, indent: string): string[] {
  return Object.entries(properties).flatMap(([name, option]) => {
    if (!isSchema(option)) return [];
    const isGroup = option.properties !== undefined;
    const value = isGroup || option.default === undefined ? '' : `: ${JSON.stringify(option.default)}`;
    const line = `${indent}${name}${value}${option.description ? `   # ${option.description}` : ''}`;
    return [isGroup ? `${indent}${name}:` : line, ...optionLines(option.properties ?? {}, `${indent}  `)];
  });
}

function asJson(method: Method) {
  const { name, kind, summary, source } = method;
  return { name, stage: kind, summary, source, options: schemaOf(method) };
}

function schemaOf({ options }: Method): OptionSchema {
  const schema: unknown = z.toJSONSchema(options, { io: 'input' });
  return isSchema(schema) ? schema : {};
}
