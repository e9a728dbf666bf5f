import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseHTML } from 'linkedom';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { readTable } from '../../artifacts/parquet.js';
import { CellRow, EpisodeRow, ItemRow } from '../../schemas/tables.js';
import { finished, type StudyFolder, spawnCommand, studyFolder } from './study-folder.js';

const EPISODES = 6;
const task = {
  name: 'forms',
  type: 'agentic',
  source: {
    from: 'environment',
    environment: 'form-filling',
    levels: ['short'],
    episodes: 12,
    test_episodes: 8,
    seed: 0,
  },
  template: { options: '{options}', answer: '{answer}', group: '{episode}' },
};

describe('a study of a task of several steps', () => {
  let folder: StudyFolder;
  let published: string;
  const table = (name: string) => readFileSync(join(published, name));
  beforeAll(async () => {
    folder = await studyFolder({ seeds: 2, budgets: [2, 4], steps: 4 }, ({ stages, ...pipeline }) => {
      const elsewhere = { './letters.yaml': ['./forms.yaml'] };
      const sample = { ...stages.sample, test: EPISODES, elsewhere };
      return { ...pipeline, tasks: ['./forms.yaml', './letters.yaml'], stages: { ...stages, sample } };
    });
    writeFileSync(join(folder.path, 'forms.yaml'), stringify(task));
    const { code, errors } = await finished(spawnCommand(folder, ['run', 'study.yaml']));
    expect(code, errors).toBe(0);
    const [run = ''] = readdirSync(join(folder.path, 'runs'));
    published = join(folder.path, 'runs', run);
  }, 300_000);
  afterAll(() => folder[Symbol.asyncDispose]());

  it('has the success of every test episode as its score', async () => {
    const cells = await readTable(table('cells.parquet'), CellRow);
    const episodes = await readTable(table('episodes.parquet'), EpisodeRow);
    const own = cells.filter(({ task }) => task === './forms.yaml');
    expect(own.length).toBe(1 + 3 * 2 * 2);
    for (const { stage, n, seed, score, items } of own) {
      const played = episodes.filter((row) => row.stage === stage && row.n === n && row.seed === seed);
      expect([items, played.length]).toEqual([EPISODES, EPISODES]);
      expect(score).toBeCloseTo(played.filter(({ outcome }) => outcome === 'success').length / EPISODES, 12);
    }
  });

  it('tells every action, and no episode is longer than it may be', async () => {
    for (const { steps, expert_steps, actions, outcome, weighted } of await readTable(
      table('episodes.parquet'),
      EpisodeRow,
    )) {
      expect(actions.split('\n').length).toBe(steps);
      expect(steps).toBeLessThanOrEqual(2 * expert_steps + 2);
      expect(weighted > 0).toBe(outcome === 'success');
    }
  });

  it('judges a treatment for another task in episodes, too', async () => {
    const rows = await readTable(table('items.parquet'), ItemRow);
    const elsewhere = rows.filter(({ task }) => task === './letters.yaml → ./forms.yaml');
    expect(elsewhere.length).toBe(EPISODES * (1 + 3 * 2 * 2));
    for (const { label, prediction, correct, logprobs } of elsewhere)
      expect([label, prediction, logprobs]).toEqual([1, Number(correct), []]);
  });

  it('shows how episodes went, beside what somebody without a model gets', () => {
    const page = parseHTML(table('report.html').toString()).document;
    expect(page.querySelectorAll('#episodes tbody tr').length).toBe(1 + 3 * 2);
    expect(page.body.textContent).toContain('most frequent action');
  });

  it('finds its cells again', async () => {
    const { output } = await finished(spawnCommand(folder, ['run', 'study.yaml']));
    expect(output).toContain('Nothing was computed');
  });
});
