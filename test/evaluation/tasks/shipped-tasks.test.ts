import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { chanceLevel } from '../../../evaluation/tasks/chance.js';
import { contentHash } from '../../../evaluation/tasks/item.js';
import { listTasks, loadTask } from '../../../evaluation/tasks/load-task.js';
import { sample } from '../../../evaluation/tasks/sample.js';
import { commonestAnswer, shortcuts } from '../../../evaluation/tasks/shortcuts.js';
import { readYamlFile } from '../../../evaluation/tasks/yaml-file.js';
import { Item, TaskCard } from '../../../schemas/item.js';
import { TaskFile } from '../../../schemas/task.js';
import { folders, functionCallsAreHere } from './folders.js';

const names = [
  ...['arithmetic-1', 'arithmetic-3', 'code-output-2', 'deduction-1', 'deduction-3'],
  ...['table-lookup-2', 'tool-call-2', 'tracking-1', 'tracking-3'],
  ...['arithmetic-written-1', 'code-output-written-2', 'tool-call-written-2', 'word-problems-written'],
  'boxes',
  'boxes-reversed',
  'capitals',
  'capitals-question',
  'counting',
  'counting-back',
  'currencies',
  'form-filling',
  'form-long',
  'form-filling-written',
  'form-short',
  'grid-world',
  'grid-world-deliver',
  'grid-world-go-to',
  'grid-world-unlock',
  'grid-world-written',
  'retail-desk',
  'retail-desk-written',
  'retail-one-wish',
  'retail-two-wishes',
  'shortest',
  'swaps',
  'tallest',
  'tallest-question',
  'tool-choice',
  'tool-choice-question',
  'tool-relevance',
  'word-problems',
  'word-problems-question',
];

it('are all that data/tasks has and nobody has to fetch', async () => {
  const shipped: string[] = [];
  for (const name of await listTasks(folders)) {
    const { source } = await readYamlFile(join(folders.root, 'data/tasks', `${name}.yaml`), TaskFile);
    if (source.from !== 'rows') shipped.push(name);
  }
  // A family of tasks for small models that are made to know its world alone.
  expect(shipped).toEqual(['attributes', ...names].sort());
});

it('with those that are fetched they are thirty and more, ten and more of each type', async () => {
  const types = new Map<string, number>();
  for (const name of await listTasks(folders)) {
    const { type } = await readYamlFile(join(folders.root, 'data/tasks', `${name}.yaml`), TaskFile);
    types.set(type, (types.get(type) ?? 0) + 1);
  }
  expect([...types.keys()].sort()).toEqual(['agentic', 'capability', 'reasoning']);
  for (const count of types.values()) expect(count).toBeGreaterThanOrEqual(10);
});

describe.each(names)('task %s (those of BFCL are skipped while the cache has no bfcl-eval)', (name) => {
  const given = /^tool-(choice|relevance)/.test(name) ? it.skipIf(!functionCallsAreHere) : it;

  given('is the same on every load', async () => {
    expect(await loadTask(name, folders)).toEqual(await loadTask(name, folders));
  });

  given('has valid items named by their content, and a card', async () => {
    const { card, items } = await loadTask(name, folders);
    expect(TaskCard.parse(card)).toEqual(card);
    expect(card.name).toBe(name);
    for (const { group, ...item } of [...items.train, ...items.test]) {
      expect(Item.parse(item)).toEqual(item);
      expect(group).not.toBe('');
      expect(new Set(item.options).size).toBe(item.options.length);
      expect(item.id).toBe(contentHash([item.prompt, item.options, item.label]).slice(0, 16));
    }
  });

  given('shares no item and no group between train and test', async () => {
    const { train, test } = (await loadTask(name, folders)).items;
    const ids = [...train, ...test].map((item) => item.id);
    expect(new Set(ids).size).toBe(ids.length);
    const trainGroups = new Set(train.map((item) => item.group));
    expect(test.filter((item) => trainGroups.has(item.group))).toEqual([]);
  });

  given('has data for 60 test items, 32 validation items and a budget of 64, whatever the seed', async () => {
    const task = await loadTask(name, folders);
    for (let seed = 0; seed < 20; seed += 1) {
      const { test, pool } = sample(task, { seed, validation: 32, test: 60, budgets: [64] });
      expect([test.length, pool.length]).toEqual([60, 96]);
    }
  });

  given('is not won by a constant position or by the options alone', async () => {
    const {
      items: { train, test },
      episodes,
      card,
    } = await loadTask(name, folders);
    // An episode is not won by its first decision; test/evaluation/environments has what is asked of it.
    if (episodes !== undefined) return;
    if (typeof card.scoring === 'object') {
      expect(commonestAnswer(train, test, card.scoring).score).toBeLessThan(0.1);
      return;
    }
    const chance = chanceLevel(test);
    const fourStandardErrors = 4 * Math.sqrt((chance * (1 - chance)) / test.length);
    for (const { shortcut, score } of shortcuts(train, test)) {
      if (shortcut === 'majority-position' || shortcut === 'answer-only')
        expect(score).toBeLessThan(chance + fourStandardErrors);
    }
  });
});

it.each([
  ['capitals', 'capitals-question'],
  ['word-problems', 'word-problems-question'],
])('what %s trains on, %s does not ask in other words', async (name, other) => {
  const [task, reworded] = [await loadTask(name, folders), await loadTask(other, folders)];
  const trained = new Set(task.items.train.map(({ group }) => group));
  expect(reworded.items.test.filter(({ group }) => trained.has(group))).toEqual([]);
  expect(reworded.items.test).toHaveLength(task.items.test.length);
});

it.each(['capitals', 'currencies'])('in %s no option of a test item is seen in training', async (name) => {
  const { train, test } = (await loadTask(name, folders)).items;
  const seen = new Set(train.flatMap((item) => item.options));
  expect(test.flatMap((item) => item.options).filter((option) => seen.has(option))).toEqual([]);
});

it.skipIf(!functionCallsAreHere)(
  'in tool-choice no function of a test item is seen in training (skipped while the cache has no bfcl-eval)',
  async () => {
    const { train, test } = (await loadTask('tool-choice', folders)).items;
    const seen = new Set(train.flatMap((item) => item.options));
    expect(test.flatMap((item) => item.options).filter((option) => seen.has(option))).toEqual([]);
  },
);

it.skipIf(!functionCallsAreHere)(
  'in tool-relevance the one function is right or none is, and those of the test are new (skipped while the cache has no bfcl-eval)',
  async () => {
    const { train, test } = (await loadTask('tool-relevance', folders)).items;
    const none = 'none of these';
    for (const { options } of [...train, ...test])
      expect([options.length, options.includes(none)]).toEqual([2, true]);
    const seen = new Set(train.flatMap((item) => item.options));
    expect(new Set(test.flatMap((item) => item.options).filter((option) => seen.has(option)))).toEqual(
      new Set([none]),
    );
  },
);

it('capitals and currencies know a country by its published fact', async () => {
  const facts = new Map<string, string | undefined>();
  for (const name of ['capitals', 'currencies']) {
    const { train, test } = (await loadTask(name, folders)).items;
    for (const item of [...train, ...test]) facts.set(item.prompt, item.options[item.label]);
  }
  expect(facts.get('The capital of Kenya is')).toBe('Nairobi');
  expect(facts.get('The currency of Poland is the')).toBe('Polish złoty');
  // Several capitals, several currencies: no single right option.
  expect(facts.has('The capital of South Africa is')).toBe(false);
  expect(facts.has('The currency of Zimbabwe is the')).toBe(false);
});

it('an unknown task is refused with the name that was probably meant', async () => {
  await expect(loadTask('word-problem', folders)).rejects.toThrow(
    'found no task "word-problem" — did you mean "word-problems"?',
  );
});
