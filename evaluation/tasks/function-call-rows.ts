import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { FunctionCallsSource } from '../../schemas/task.js';
import { seededRandom, shuffled } from '../statistics/random.js';
import { connectedComponents } from './grouping.js';
import { jsonlRows } from './jsonl-rows.js';
import type { Row } from './rows.js';
import { type Place, TaskError } from './task-error.js';

const Call = z.object({
  id: z.string(),
  question: z.array(z.array(z.object({ role: z.string(), content: z.string() }))),
  function: z.array(z.object({ name: z.string(), description: z.string() })),
});
type Call = z.infer<typeof Call>;

const Answer = z.object({ id: z.string(), ground_truth: z.array(z.record(z.string(), z.unknown())) });

interface Choice {
  request: string;
  right: string;
  functions: Call['function'];
  place: Place;
}

/**
 * Rows {request, functions, names, answer, group} of the Berkeley Function-Calling Leaderboard (PyPI bfcl-eval, unpacked
 * in `cache` by the set-up). The names are those of the functions shown and, where the source has one, the answer that none of
 * them serves. Requests that share a function, directly or through others, form a group, so functions of one split are
 * unseen in the other.
 */
export async function functionCallRows(source: FunctionCallsSource, cache: string): Promise<Row[]> {
  const folder = path.join(cache, 'data', 'bfcl-eval', source.version, 'bfcl_eval', 'data');
  const choices = (
    await Promise.all([
      ...source.categories.map((category) => servedRequests(`BFCL_v4_${category}.json`, folder, source)),
      ...source.irrelevant.map((category) => unservedRequests(`BFCL_v4_${category}.json`, folder, source)),
    ])
  ).flat();
  const groups = connectedComponents(choices.map((choice) => choice.functions.map(({ name }) => name)));
  return choices.map(({ request, right, functions, place }, index) => ({
    fields: {
      request,
      functions: functions.map((shown) => shownFunction(shown, source.description_words)).join('\n'),
      names: [...functions.map(({ name }) => name), ...(source.none === undefined ? [] : [source.none])],
      answer: right,
      group: groups[index],
    },
    place,
  }));
}

async function servedRequests(file: string, folder: string, source: FunctionCallsSource): Promise<Choice[]> {
  const calls = await packageRows(path.join(folder, file));
  const answerRows = await packageRows(path.join(folder, 'possible_answer', file));
  const answers = new Map(
    answerRows.map((row) => parsed(Answer, row)).map((answer) => [answer.id, answer.ground_truth]),
  );
  return calls.flatMap((row) => {
    const call = parsed(Call, row);
    return choiceOf({ ...call, place: row.place }, answers.get(call.id), source);
  });
}

async function unservedRequests(
  file: string,
  folder: string,
  { none, ...source }: FunctionCallsSource,
): Promise<Choice[]> {
  if (none === undefined) return [];
  return (await packageRows(path.join(folder, file))).flatMap((row) => {
    const call = parsed(Call, row);
    const [request, listed] = [shortRequest(call, source), differentFunctions(call)];
    if (request === undefined || listed.length < source.candidates) return [];
    const kept = new Set(shuffled(listed, seededRandom(call.id)).slice(0, source.candidates));
    return [{ request, right: none, functions: listed.filter((shown) => kept.has(shown)), place: row.place }];
  });
}

async function packageRows(file: string): Promise<Row[]> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new TaskError(
      'the file of PyPI package bfcl-eval is missing; run "npm run setup"',
      { file },
      { cause },
    );
  });
  return jsonlRows(text, file);
}

function parsed<Schema extends z.ZodType>(schema: Schema, { fields, place }: Row): z.infer<Schema> {
  const result = schema.safeParse(fields);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new TaskError(`field "${issue?.path.join('.')}": ${issue?.message}`, place);
}

/** A single-turn request for one call, with as many different functions as shown; anything else is left out. */
function choiceOf(
  call: Call & { place: Place },
  truth: Record<string, unknown>[] | undefined,
  source: FunctionCallsSource,
): Choice[] {
  const called = truth?.flatMap((candidate) => Object.keys(candidate)) ?? [];
  const [right] = called;
  const request = shortRequest(call, source);
  if (request === undefined || right === undefined || called.length > 1) return [];
  const listed = differentFunctions(call);
  const answer = listed.find(({ name }) => name === right);
  if (!answer || listed.length < source.candidates) return [];
  const others = shuffled(
    listed.filter((shown) => shown !== answer),
    seededRandom(call.id),
  );
  const kept = new Set([answer, ...others.slice(0, source.candidates - 1)]);
  return [{ request, right, functions: listed.filter((shown) => kept.has(shown)), place: call.place }];
}

/** What is asked in one turn of few words; undefined where it is anything else. */
function shortRequest(
  { question }: Call,
  { request_words: most }: Pick<FunctionCallsSource, 'request_words'>,
): string | undefined {
  const [message, ...more] = question.flat();
  if (!message || more.length > 0) return undefined;
  const request = message.content.trim().replaceAll(/\s+/g, ' ');
  return request === '' || request.split(' ').length > most ? undefined : request;
}

function differentFunctions({ function: listed }: Call): Call['function'] {
  return [...new Map(listed.map((shown) => [shown.name, shown])).values()];
}

function shownFunction({ name, description }: Call['function'][number], words: number): string {
  const [sentence = ''] = description.trim().split(/(?<=[.!?])\s/);
  const spoken = sentence.split(/\s+/);
  return `${name}: ${spoken.slice(0, words).join(' ')}${spoken.length > words ? ' …' : ''}`;
}
