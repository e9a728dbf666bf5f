import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { safetensorsBytes } from '../../models/checkpoints/safetensors.js';
import golden from '../fixtures/smollm2-135m.json' with { type: 'json' };
import tiny from '../fixtures/tiny-llama/golden.json' with { type: 'json' };
import { cache, finished, spawnCommand } from './study-folder.js';

const root = resolve(import.meta.dirname, '../..');
const path = mkdtempSync(join(tmpdir(), 'crossover-cli-'));
const tinyLlama = join(root, 'test/fixtures/tiny-llama');
afterAll(() => rmSync(path, { recursive: true }));

const crossover = (...args: string[]) =>
  finished(spawnCommand({ path, environment: { ...process.env, CROSSOVER_CACHE: cache } }, args));

const weights = join(cache, 'models/smollm2-135m-instruct/SmolLM2-135M-Instruct.Q4_1.gguf');
const withWeights = describe.skipIf(!existsSync(weights));

withWeights('with the weights of SmolLM2-135M-Instruct (skipped where set-up has not fetched them)', () => {
  const model = ['--model', 'smollm2-135m-instruct'];

  it('score prints the log-probabilities that PyTorch gives', async () => {
    const [first] = golden.cases;
    const options = first?.choices.flatMap(({ text }) => ['--option', text]) ?? [];
    const { code, output, errors } = await crossover(
      'score',
      ...model,
      '--prompt',
      first?.prompt ?? '',
      ...options,
      '--json',
    );
    expect(errors).toBe('');
    expect(code).toBe(0);
    const scored = JSON.parse(output);
    expect(Object.keys(scored)).toEqual(['model', 'promptTokenIds', 'options']);
    expect(scored.model).toBe('smollm2-135m-instruct');
    expect(scored.promptTokenIds).toEqual(first?.ids);
    for (const [index, choice] of (first?.choices ?? []).entries()) {
      expect(scored.options[index]).toMatchObject({ text: choice.text, tokenIds: choice.ids });
      expect(Math.abs(scored.options[index].logprob - choice.logprob)).toBeLessThan(5e-3);
    }
  });

  it('evaluate prints scores with their intervals, and writes every item', async () => {
    const out = join(path, 'items.jsonl');
    const { code, output } = await crossover(
      ...['evaluate', 'capitals', 'retail-one-wish', ...model, '--limit', '6', '--out', out, '--json'],
    );
    expect(code).toBe(0);
    const { tasks } = JSON.parse(output);
    expect(tasks.map(({ task, n }: { task: string; n: number }) => [task, n])).toEqual([
      ['capitals', 6],
      ['retail-one-wish', 6],
    ]);
    for (const { score } of tasks) expect(score.low <= score.value && score.value <= score.high).toBe(true);
    const items = readFileSync(out, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(items.map(({ task }) => task)).toEqual([
      ...Array(6).fill('capitals'),
      ...Array(6).fill('retail-one-wish'),
    ]);
    for (const { task, episode, correct } of items)
      expect(episode?.outcome === 'success').toBe(task === 'capitals' ? false : correct);
  });

  it('generate --chat prints the greedy text that PyTorch gives', async () => {
    const [first] = golden.generation;
    const { code, output } = await crossover(
      'generate',
      ...model,
      '--chat',
      '--prompt',
      first?.messages[0]?.content ?? '',
    );
    expect(code).toBe(0);
    expect(output.trim()).toBe(first?.greedy);
  });
});

describe('tasks', () => {
  it('are listed, each with its type and licence', async () => {
    const { code, output } = await crossover('tasks', 'list');
    expect(code).toBe(0);
    expect(output).toMatch(/^grid-world +agentic +Apache-2\.0/m);
    expect(output).toMatch(/^trec6 +capability +not stated/m);
    expect(output).toContain('attributes.k1, ');
  });

  it('are shown as a model reads them', async () => {
    const { code, output } = await crossover('tasks', 'show', 'deduction-1', '-n', '2');
    expect(code).toBe(0);
    expect(output.match(/^— test item \d of \d+ —$/gm)).toHaveLength(2);
    expect(output.match(/^ {2}→ \w+$/gm)).toHaveLength(2);
  });

  it('are checked without a model, and a rule that does well is told of', async () => {
    const { code, output } = await crossover(
      'tasks',
      'check',
      'retail-one-wish',
      'tool-call-2',
      'counting',
      '--json',
    );
    expect(code).toBe(0);
    const [desk, call] = JSON.parse(output);
    expect(desk).toMatchObject({ task: 'retail-one-wish', type: 'agentic', leaked: 0, ceiling: 1 });
    expect(desk.shortcuts).toEqual({ 'most frequent action': expect.any(Number), 'scripted expert': 1 });
    expect(desk.chance).toBeLessThan(0.1);
    expect(call.shortcuts).toEqual({
      'majority-position': expect.any(Number),
      'answer-only': expect.any(Number),
      'prompt-words': expect.any(Number),
      'word-overlap': expect.any(Number),
    });
  });

  it('that are not there are named with the nearest', async () => {
    const { code, errors } = await crossover('tasks', 'check', 'grid-wrold');
    expect(code).toBe(2);
    expect(errors).toContain('did you mean "grid-world"?');
  });
});

describe('a checkpoint without a tokenizer', () => {
  it('is scored by token ids', async () => {
    const ids = tiny.ids[0]?.slice(0, 6) ?? [];
    const { code, output } = await crossover(
      'score',
      '--model',
      tinyLlama,
      '--prompt-ids',
      ids.join(),
      '--option-ids',
      '1,2',
      '--option-ids',
      '3',
      '--json',
    );
    expect(code).toBe(0);
    const { options } = JSON.parse(output);
    expect(options.map(({ text }: { text: unknown }) => text)).toEqual([null, null]);
    expect(options.every(({ logprob }: { logprob: number }) => logprob < 0)).toBe(true);
  });
});

describe('a treatment with a prompt', () => {
  const folder = join(path, 'characters');
  cpSync(tinyLlama, folder, { recursive: true });
  writeFileSync(join(folder, 'tokenizer.json'), JSON.stringify(characterTokenizer()));
  const prompted = join(path, 'prompted.safetensors');
  const spec = { prompt: [50, 51, 52], interventions: [], weightDeltas: [] };
  writeFileSync(prompted, safetensorsBytes([], { treatment: JSON.stringify(spec) }));
  const generated = (...args: string[]) =>
    crossover('generate', '--model', folder, '--max-tokens', '12', ...args);

  it('is generated under as if its prompt were written before the words, once', async () => {
    const { code, output } = await generated('--prompt', 'word', '--vector', prompted);
    expect(code).toBe(0);
    const written = String.fromCodePoint(...spec.prompt.map((id) => FIRST_CHARACTER + id));
    expect(output).toBe((await generated('--prompt', `${written}word`)).output);
  });
});

/** Letters and signs from here on are tokens, after the one that begins a text. */
const FIRST_CHARACTER = 0x40;

/** A character a token, over tiny-llama's 160 tokens; token 1 begins every text. */
function characterTokenizer(): object {
  const tokens = Array.from({ length: 160 }, (_, id) =>
    id === 1 ? '<s>' : String.fromCodePoint(FIRST_CHARACTER + id),
  );
  return {
    version: '1.0',
    added_tokens: [{ id: 1, content: '<s>', special: true, normalized: false }],
    normalizer: null,
    pre_tokenizer: null,
    post_processor: {
      type: 'TemplateProcessing',
      single: [{ SpecialToken: { id: '<s>', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
      pair: [],
      special_tokens: { '<s>': { id: '<s>', ids: [1], tokens: ['<s>'] } },
    },
    decoder: { type: 'Fuse' },
    model: { type: 'BPE', vocab: Object.fromEntries(tokens.map((token, id) => [token, id])), merges: [] },
  };
}

describe('bad input ends with exit code 2 and says what, found, expected and where', () => {
  const damaged = join(path, 'damaged');
  cpSync(tinyLlama, damaged, { recursive: true });
  truncateSync(join(damaged, 'model.safetensors'), 200_000);
  const row = join(path, 'task.yaml');
  writeFileSync(
    row,
    "name: broken\ntype: reasoning\nformat: plain\nlicence: MIT\ndescription: A row is wrong.\nsource: { from: rows, pool: rows.jsonl }\ntemplate: { prompt: '{prompt}', options: '{options}', label: '{label}' }\n",
  );
  writeFileSync(
    join(path, 'rows.jsonl'),
    '{"prompt": "a", "options": ["x", "y"], "label": 0}\n{"prompt": "b", "options": ["x", "y"], "label": 7}\n',
  );
  const study = (model: string, task: string, budget: number) =>
    `name: small\nmodels: [${model}]\ntasks: [${task}]\nstages:\n  sample: { stage: sample, budgets: [${budget}], seeds: 1, validation: 4, test: 8 }\n  baseline: { stage: baseline, data: sample }\n  laws: { stage: fit, of: [baseline] }\n  report: { stage: report, of: [laws] }\n`;
  writeFileSync(join(path, 'model.yaml'), study('smollm2-135m-instrct', 'word-problems', 4));
  writeFileSync(join(path, 'budget.yaml'), study(damaged, 'word-problems', 100_000));
  writeFileSync(join(path, 'unknown-task.yaml'), study(damaged, 'word-problem', 4));
  writeFileSync(join(path, 'row.yaml'), study(damaged, './task.yaml', 4));
  writeFileSync(join(path, 'key.yaml'), study(damaged, 'word-problems', 4).replace('seeds:', 'sedes:'));

  const cases: [string, string[], RegExp][] = [
    ['a pipeline that is not there', ['run', 'nowhere.yaml'], /no pipeline file at nowhere\.yaml/],
    [
      'a pipeline name that is not there',
      ['validate', 'quickstat'],
      /no pipeline "quickstat" — did you mean "quickstart"\?/,
    ],
    [
      'a wrong key',
      ['run', 'key.yaml'],
      /key\.yaml:5:\d+: stages\.sample\.sedes: unknown key "sedes" — did you mean "seeds"\?/,
    ],
    [
      'an unknown model',
      ['run', 'model.yaml'],
      /"smollm2-135m-instrct".*did you mean.*smollm2-135m-instruct/s,
    ],
    [
      'an unknown task',
      ['run', 'unknown-task.yaml'],
      /no task "word-problem" — did you mean "word-problems"\?/,
    ],
    ['a budget larger than the data', ['run', 'budget.yaml'], /a budget of 100000 examples, found \d+/],
    ['a malformed row', ['run', 'row.yaml'], /rows\.jsonl:2.*label.*7/s],
    [
      'a truncated weight file',
      ['score', '--model', damaged, '--prompt-ids', '1', '--option-ids', '2'],
      /model\.safetensors: tensors end at byte 271680.*the file holds 197024 bytes/,
    ],
    [
      'a token id the model has not',
      ['score', '--model', tinyLlama, '--prompt-ids', '1', '--option-ids', '999'],
      /token id 999.*0 to 159/,
    ],
    [
      'words where ids belong',
      ['score', '--model', tinyLlama, '--prompt-ids', 'one', '--option-ids', '2'],
      /found "one", expected whole numbers/,
    ],
    [
      'a file that cannot be written',
      ['evaluate', 'capitals', '--model', tinyLlama, '--out', 'nowhere/items.jsonl'],
      /--out nowhere\/items\.jsonl: found a path that cannot be written .*ENOENT/,
    ],
    ['a run that is not there', ['report', 'nothing'], /no finished study "nothing"/],
  ];
  it.each(cases)('%s', async (_, args, message) => {
    const { code, errors } = await crossover(...args);
    expect(errors).toMatch(message);
    expect(code).toBe(2);
    expect(existsSync(join(path, '.crossover/temporal.db'))).toBe(false);
  });
});
