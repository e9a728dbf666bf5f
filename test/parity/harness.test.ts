import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { judgement } from '../../evaluation/metrics/judgement.js';
import { contentHash, type TaskItem } from '../../evaluation/tasks/item.js';
import { loadTask } from '../../evaluation/tasks/load-task.js';
import { answerScores } from '../../models/answer-scores.js';
import { encodeItem } from '../../models/batch.js';
import type { LanguageModel } from '../../models/language-model.js';
import { loadModel } from '../../runtime/load-model.js';
import { readSettings } from '../../runtime/settings.js';
import type { Scoring } from '../../schemas/item.js';
import { smollm2Missing } from '../models/checkpoint-fixtures.js';
import { fixture } from '../models/fixtures.js';
import { runHarness, wantsHarness } from '../python/environment.js';

const root = resolve(import.meta.dirname, '../..');
const settings = readSettings(process.env, root);
const TASKS = ['table-lookup-2', 'deduction-1', 'tool-call-2'];
const ITEMS = 60;

/** What lm-evaluation-harness found of the items with this digest. */
const Golden = z.record(z.string(), z.object({ items: z.string(), acc: z.number(), acc_norm: z.number() }));
const Scores = z.object({ acc: z.number(), acc_norm: z.number() });

const itemsOf = async (task: string) =>
  (await loadTask(task, { root, cache: settings.cache })).items.test.slice(0, ITEMS);

describe.skipIf(smollm2Missing)(
  'scores of SmolLM2-135M-Instruct are those of lm-evaluation-harness (skipped where set-up has not fetched the weights)',
  () => {
    let model: LanguageModel;
    beforeAll(async () => {
      model = await loadModel('smollm2-135m-instruct', settings);
    });
    afterAll(() => model[Symbol.dispose]());

    const accuracy = async (items: TaskItem[], scoring: Scoring) => {
      const { tokenizer } = model;
      if (tokenizer === undefined) throw new Error('the model has a tokenizer');
      const scores = await answerScores(
        model,
        items.map((item) => encodeItem(tokenizer, item, { format: 'plain', scoring })),
      );
      return (
        items.filter(({ label }, index) => judgement(scores[index] ?? [], label).correct).length /
        items.length
      );
    };

    const golden = Golden.parse(JSON.parse(readFileSync(fixture('harness.json'), 'utf8')));

    // Hundreds of items through the whole model take a minute where four processes share two cores.
    it.each(TASKS)('on %s, by stored numbers', { timeout: 300_000 }, async (task) => {
      const items = await itemsOf(task);
      expect(contentHash(items)).toBe(golden[task]?.items);
      expect(await accuracy(items, 'sum')).toBeCloseTo(golden[task]?.acc ?? Number.NaN, 10);
      expect(await accuracy(items, 'per-character')).toBeCloseTo(golden[task]?.acc_norm ?? Number.NaN, 10);
    });

    describe.skipIf(!wantsHarness)(
      '(skipped unless CROSSOVER_PYTHON_HARNESS=1; it makes an environment with PyTorch)',
      () => {
        const folder = mkdtempSync(join(tmpdir(), 'crossover-harness-'));
        afterAll(() => rmSync(folder, { recursive: true }));
        const exported = join(settings.cache, 'bench', 'smollm2-135m-instruct');

        it.each(TASKS)('on %s, by fresh numbers', { timeout: 1_800_000 }, async (task) => {
          if (!existsSync(exported)) throw new Error('`npm run bench -- forward` exports the weights first');
          const items = await itemsOf(task);
          const file = join(folder, `${task}.jsonl`);
          writeFileSync(file, items.map((item) => `${JSON.stringify(item)}\n`).join(''));
          const found = Scores.parse(await runHarness('lm_eval_scores.py', exported, file));
          expect(found).toEqual({ acc: golden[task]?.acc, acc_norm: golden[task]?.acc_norm });
        });
      },
    );
  },
);
