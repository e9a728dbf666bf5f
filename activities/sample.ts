import { writeTable } from '../artifacts/parquet.js';
import { remembered } from '../artifacts/remembered.js';
import type { Store } from '../artifacts/store.js';
import type { Task } from '../evaluation/tasks/load-task.js';
import { sample as drawSample, type SampleOptions, sampleElsewhere } from '../evaluation/tasks/sample.js';
import { SampleRow } from '../schemas/item.js';
import { sampleOf } from '../schemas/plan.js';
import { type GroupInput, type GroupResult, SampleRecord } from '../schemas/stages.js';
import type { StageContext } from './context.js';
import { putJson, readPipeline, recordName } from './records.js';
import { measureOf, shortcutsOf } from './task-measure.js';

/** Draws one task's test, validation and train items for one seed, and scores the shortcuts that need no model. */
export async function sample(input: GroupInput, context: StageContext): Promise<GroupResult> {
  const { store, loadTask, build } = context;
  const pipeline = await readPipeline(store, input);
  const { budgets, validation, test, elsewhere } = sampleOf(pipeline, input.stage);
  const { task: name = '', seed = 0 } = input.group;
  const task = await loadTask(name);
  const others = await Promise.all(
    (elsewhere[name] ?? []).map(async (other) => ({ name: other, task: await loadTask(other) })),
  );
  const draw = { seed, validation, test, budgets };
  const digests = others.map((other) => [other.name, other.task.digest]);
  const inputs = { build, name, task: task.digest, others: digests, draw };
  const record = await remembered(store, { what: 'samples', inputs, schema: SampleRecord }, () =>
    drawn(store, { name, task, others, draw }),
  );
  await store.writePointer(recordName(input.run, input.stage, input.group), record);
  const reference = await putJson(store, record);
  const headline = `${name}: ${Math.max(...budgets)} train, ${validation} validation, ${test} test items`;
  return { record: reference, computed: 0, cached: 0, failed: 0, headline };
}

interface Drawing {
  name: string;
  task: Task;
  others: readonly { name: string; task: Task }[];
  draw: SampleOptions;
}

async function drawn(store: Store, { name, task, others, draw }: Drawing): Promise<SampleRecord> {
  const put = async (rows: readonly SampleRow[], table: string) =>
    store.put(await writeTable(rows, SampleRow, { table }), 'parquet');
  const elsewhere = await Promise.all(
    others.map(async (other) => {
      const rows = sampleElsewhere(task, other.task, draw.test);
      return {
        task: other.name,
        card: other.task.card,
        test: await put(rows, 'test'),
        ...measureOf(other.task, rows),
      };
    }),
  );
  const { test, pool } = drawSample(task, draw);
  const measure = measureOf(task, test);
  return {
    task: name,
    card: task.card,
    seed: draw.seed,
    test: await put(test, 'test'),
    pool: await put(pool, 'pool'),
    elsewhere,
    ...measure,
    shortcuts: shortcutsOf(measure, {
      train: pool.filter((row) => row.split === 'train'),
      test,
      scoring: task.card.scoring,
    }),
  };
}
