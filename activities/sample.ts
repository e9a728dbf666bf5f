import { writeTable } from '../artifacts/parquet.js';
import { chanceLevel } from '../evaluation/tasks/chance.js';
import { sample as drawSample, sampleElsewhere } from '../evaluation/tasks/sample.js';
import { shortcuts } from '../evaluation/tasks/shortcuts.js';
import { SampleRow } from '../schemas/item.js';
import { sampleOf } from '../schemas/plan.js';
import type { GroupInput, GroupResult, SampleRecord } from '../schemas/stages.js';
import type { StageContext } from './context.js';
import { putJson, readPipeline, recordName } from './records.js';

/** Draws one task's test, validation and train items for one seed, and scores the shortcuts that need no model. */
export async function sample(input: GroupInput, { store, loadTask }: StageContext): Promise<GroupResult> {
  const pipeline = await readPipeline(store, input);
  const { budgets, validation, test, elsewhere: others } = sampleOf(pipeline, input.stage);
  const { task: name = '', seed = 0 } = input.group;
  const task = await loadTask(name);
  const elsewhere = await Promise.all(
    (others[name] ?? []).map(async (other) => {
      const otherTask = await loadTask(other);
      const { card } = otherTask;
      const rows = sampleElsewhere(task, otherTask, test);
      const reference = await store.put(await writeTable(rows, SampleRow, { table: 'test' }), 'parquet');
      return { task: other, card, test: reference, chance: chanceLevel(rows) };
    }),
  );
  const drawn = drawSample(task, { seed, validation, test, budgets });
  const train = drawn.pool.filter((row) => row.split === 'train');
  const record: SampleRecord = {
    task: name,
    card: task.card,
    seed,
    test: await store.put(await writeTable(drawn.test, SampleRow, { table: 'test' }), 'parquet'),
    pool: await store.put(await writeTable(drawn.pool, SampleRow, { table: 'pool' }), 'parquet'),
    elsewhere,
    chance: chanceLevel(drawn.test),
    shortcuts: shortcuts(train, drawn.test),
  };
  await store.writePointer(recordName(input.run, input.stage, input.group), record);
  const reference = await putJson(store, record);
  const headline = `${name}: ${train.length} train, ${validation} validation, ${drawn.test.length} test items`;
  return { record: reference, computed: 0, cached: 0, failed: 0, headline };
}
