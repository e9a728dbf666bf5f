import { type ChildProcess, execFile } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Client, Connection, WorkflowNotFoundError } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readArrow } from '../../artifacts/arrow.js';
import { folderStore } from '../../artifacts/folder-store.js';
import { readTable } from '../../artifacts/parquet.js';
import { readPipelineFile } from '../../runtime/pipelines.js';
import { startStudy } from '../../runtime/study.js';
import { findTemporalCli } from '../../runtime/temporal/temporal-cli.js';
import { CellRow } from '../../schemas/tables.js';
import {
  finished,
  type LettersPipeline,
  type StudyFolder,
  spawnCommand,
  studyFolder,
} from './study-folder.js';

const size = { seeds: 3, budgets: [2, 4, 8], steps: 8 };

/** The cell table without what no two runs share. */
async function cells(folder: StudyFolder): Promise<unknown[]> {
  const rows = await readTable(readFileSync(join(runFolder(folder), 'cells.parquet')), CellRow);
  return rows.map(({ seconds: _, peak_memory_bytes: __, ...row }) => row);
}

function runFolder({ path }: StudyFolder): string {
  const [run] = readdirSync(join(path, 'runs'));
  return join(path, 'runs', run ?? '');
}

const table = (folder: StudyFolder, name: string): Buffer => readFileSync(join(runFolder(folder), name));

describe('three ways to start the same study', () => {
  let folder: StudyFolder;
  beforeAll(async () => {
    folder = await studyFolder(size);
  });
  afterAll(() => folder[Symbol.asyncDispose]());

  it('by the command line', async () => {
    const { code, output, errors } = await finished(spawnCommand(folder, ['run', 'study.yaml']));
    expect(errors + output).toContain('28 cells computed, 0 found in the store');
    expect(code).toBe(0);
    expect(readdirSync(runFolder(folder))).toEqual(
      expect.arrayContaining([
        'manifest.json',
        'cells.parquet',
        'items.parquet',
        'crossover.parquet',
        'matched.parquet',
        'report.html',
      ]),
    );
  }, 180_000);

  it('and leaves the contrasts behind every vector as Arrow', async () => {
    const manifest = JSON.parse(table(folder, 'manifest.json').toString('utf8'));
    const named = manifest.artifacts.find(({ name }: { name: string }) =>
      /^vector .* N=4 .* contrasts$/.test(name),
    );
    const { columns } = readArrow(await folderStore(join(folder.path, 'state/store')).get(named));
    expect(Object.keys(columns).sort()).toEqual(['layer_0', 'layer_1']);
    expect(columns.layer_0?.values).toHaveLength(4 * 48);
  });

  it('and its treatments can be exported and tried at once', async () => {
    const cell = ['--stage', 'both', '--task', './letters.yaml', '--n', '4', '--seed', '1'];
    const to = ['--to', 'safetensors', '--out', 'both.safetensors'];
    const run = basename(runFolder(folder));
    const exported = await finished(spawnCommand(folder, ['export', run, ...cell, ...to]));
    expect(exported).toMatchObject({ code: 0, errors: '' });
    const asked = ['--model', './model', '--prompt', 'After A comes', '--option', ' B', '--json'];
    const scores = [[], ['--adapter', 'both.safetensors']].map(async (how) => {
      const { output } = await finished(spawnCommand(folder, ['score', ...asked, ...how]));
      return JSON.parse(output).options[0].logprob;
    });
    const [base, treated] = await Promise.all(scores);
    expect(treated).not.toBe(base);
  });

  it('again: nothing is computed, and it says so', async () => {
    const before = table(folder, 'cells.parquet');
    const { code, output } = await finished(spawnCommand(folder, ['run', 'study.yaml']));
    expect(output).toContain('Nothing was computed: all 28 cells were in the store.');
    expect(code).toBe(0);
    expect(table(folder, 'cells.parquet').equals(before)).toBe(true);
  }, 120_000);

  it('and estimated anew from its results, without a server, it is the same', async () => {
    const names = ['cells.parquet', 'crossover.parquet', 'laws.parquet'];
    const before = names.map((name) => table(folder, name));
    for (const name of names) rmSync(join(runFolder(folder), name));
    const elsewhere = { ...folder.environment, TEMPORAL_ADDRESS: '127.0.0.1:1' };
    const { code, output } = await finished(
      spawnCommand({ ...folder, environment: elsewhere }, ['refit', basename(runFolder(folder))]),
    );
    expect(code).toBe(0);
    expect(output).toContain('report.html');
    expect(names.map((name, index) => table(folder, name).equals(before[index] ?? Buffer.of()))).toEqual([
      true,
      true,
      true,
    ]);
  }, 120_000);

  it('and estimated anew from its published results alone, without its store, it is the same but for saying so', async () => {
    const names = readdirSync(runFolder(folder)).filter((name) => /\.(parquet|csv)$/.test(name));
    const before = names.map((name) => table(folder, name));
    const whole = table(folder, 'manifest.json');
    for (const name of ['crossover.parquet', 'differences.csv']) rmSync(join(runFolder(folder), name));
    const elsewhere = { ...folder.environment, CROSSOVER_STORE: join(folder.path, 'empty') };
    const { code, errors } = await finished(
      spawnCommand({ ...folder, environment: elsewhere }, ['refit', basename(runFolder(folder))]),
    );
    expect(code).toBe(0);
    expect(errors).toContain('estimating from its published results');
    // A spreadsheet that was taken out is not given back.
    const kept = names.filter((name) => name !== 'differences.csv');
    expect(names.filter((name) => existsSync(join(runFolder(folder), name)))).toEqual(kept);
    for (const name of kept)
      expect(table(folder, name).equals(before[names.indexOf(name)] ?? Buffer.of()), name).toBe(true);
    expect(JSON.parse(table(folder, 'manifest.json').toString('utf8'))).toEqual({
      ...JSON.parse(whole.toString('utf8')),
      estimated: { version: expect.any(String), code: expect.any(String) },
      drawn: { version: expect.any(String), code: expect.any(String) },
    });
    const page = table(folder, 'report.html').toString('utf8');
    expect(page).toContain('Estimates were made anew from the published results');
    expect(page).toContain('Candidates with their validation results');
  }, 120_000);

  it('nor can it be without results of single items', async () => {
    const items = table(folder, 'items.parquet');
    rmSync(join(runFolder(folder), 'items.parquet'));
    const elsewhere = { ...folder.environment, CROSSOVER_STORE: join(folder.path, 'empty') };
    const { code, errors } = await finished(
      spawnCommand({ ...folder, environment: elsewhere }, ['refit', basename(runFolder(folder))]),
    );
    expect(code).not.toBe(0);
    expect(errors).toMatch(
      /found its results neither in the store nor as items\.parquet in .*CROSSOVER_STORE/,
    );
    writeFileSync(join(runFolder(folder), 'items.parquet'), items);
  }, 60_000);

  it('by `temporal workflow start` with the name of a pipeline, and by the client in code with the pipeline itself', async () => {
    const before = table(folder, 'cells.parquet');
    mkdirSync(join(folder.path, 'pipelines'), { recursive: true });
    copyFileSync(folder.pipeline, join(folder.path, 'pipelines/letters.yaml'));
    const worker = spawnCommand(folder, ['worker']);
    const ended = finished(worker);
    const { path: cli } = await findTemporalCli({
      cache: folder.environment.CROSSOVER_CACHE ?? '',
      path: process.env.PATH ?? '',
    });
    const shell = promisify(execFile);
    const base = ['--address', folder.address];
    await shell(cli, [
      'workflow',
      'start',
      ...base,
      '--type',
      'study',
      '--task-queue',
      'crossover',
      '--workflow-id',
      'by-cli',
      '--input',
      '{"pipeline":"letters"}',
    ]);
    const { stdout } = await shell(cli, [
      'workflow',
      'result',
      ...base,
      '--workflow-id',
      'by-cli',
      '--output',
      'json',
    ]);
    expect(JSON.parse(stdout).result).toMatchObject({ computed: 0, cached: 28, failed: 0 });
    expect(table(folder, 'cells.parquet').equals(before)).toBe(true);

    const connection = await Connection.connect({ address: folder.address });
    const client = new Client({ connection });
    const { handle } = await startStudy(client, {
      workflowId: 'by-code',
      pipeline: readPipelineFile(folder.pipeline),
      device: 'cpu',
    });
    expect(await handle.result()).toMatchObject({ computed: 0, cached: 28, failed: 0 });
    expect(table(folder, 'cells.parquet').equals(before)).toBe(true);

    await expect(
      shell(cli, [
        'workflow',
        'execute',
        ...base,
        '--type',
        'study',
        '--task-queue',
        'crossover',
        '--workflow-id',
        'faulty',
        '--input',
        '{"pipeline":{"name":"x"}}',
      ]),
    ).rejects.toThrow();
    const failure = await client.workflow
      .getHandle('faulty')
      .result()
      .catch((error: unknown) => error);
    expect(String(Object(failure).cause?.cause?.message ?? Object(failure).cause?.message)).toMatch(
      /models: missing/,
    );
    await connection.close();
    worker.kill('SIGTERM');
    expect((await ended).code).toBe(0);
  }, 180_000);
});

/** Groups of both parts take longer than a stage waits with its news. */
function trainedParts({ stages, ...rest }: LettersPipeline): LettersPipeline {
  const vector = {
    stage: 'steer',
    data: 'sample',
    method: 'trained-vector',
    batch: 4,
    min_steps: 100,
    search: { layers: [1], learning_rates: [0.001, 0.01], checkpoints: [0.5, 1] },
  };
  return { ...rest, stages: { ...stages, vector } };
}

describe('a combination', () => {
  it('begins with the groups whose parts are done, and ends with all of them', async () => {
    const size = { seeds: 4, budgets: [2, 4], steps: 100 };
    await using folder = await studyFolder(size, trainedParts);
    const { code, output, errors } = await finished(
      spawnCommand(folder, ['run', 'study.yaml', '--id', 'early']),
    );
    expect(code, errors).toBe(0);
    expect(output).toContain('25 cells computed');
    const connection = await Connection.connect({ address: folder.address });
    const stage = (name: string) => new Client({ connection }).workflow.getHandle(`early/${name}`).describe();
    const [both, ...parts] = await Promise.all(['both', 'vector', 'lora'].map(stage));
    await connection.close();
    // Declared in this order, and free to begin together.
    const [vector = Number.NaN, lora = Number.NaN] = parts.map(({ startTime }) => startTime.getTime());
    expect(vector).toBeLessThan(lora);
    const partsEnd = Math.max(...parts.map(({ closeTime }) => closeTime?.getTime() ?? Number.NaN));
    expect(both?.startTime.getTime()).toBeLessThan(partsEnd);
    expect((await cells(folder)).length).toBe(25);
  }, 240_000);
});

describe('a study that is killed goes on and ends as an undisturbed one', () => {
  let undisturbed: StudyFolder;
  const longer = { seeds: 3, budgets: [2, 4, 8], steps: 40 };
  beforeAll(async () => {
    undisturbed = await studyFolder(longer);
    const { code, errors } = await finished(spawnCommand(undisturbed, ['run', 'study.yaml']));
    expect(errors).not.toContain('error');
    expect(code).toBe(0);
  }, 300_000);
  afterAll(() => undisturbed[Symbol.asyncDispose]());

  /** Waits until the store holds `count` cells of the folder's study. @throws what the run said, when it ends before */
  async function cellsStored(folder: StudyFolder, count: number, end: ReturnType<typeof finished>) {
    const pointers = join(folder.path, 'state/store/pointers/cells');
    let hasEnded = false;
    const tooEarly = end.then(({ code, errors }) => {
      hasEnded = true;
      throw new Error(`the run ended by ${code} before there were ${count} cells: ${errors}`);
    });
    const stored = async () => {
      const isStored = () => existsSync(pointers) && readdirSync(pointers).length >= count;
      while (!hasEnded && !isStored()) await delay(50);
    };
    await Promise.race([stored(), tooEarly]);
  }

  async function pidOf(folder: StudyFolder, pattern: string): Promise<number[]> {
    const { stdout } = await promisify(execFile)('ps', ['-eo', 'pid,args']);
    const owned = stdout.split('\n').filter((line) => line.includes(pattern));
    const pids = owned.map((line) => Number(line.trim().split(/\s+/)[0]));
    const mine = pids.filter((pid) =>
      environmentOf(pid).includes(`CROSSOVER_STATE=${folder.environment.CROSSOVER_STATE}`),
    );
    expect(mine, `no process of this study matches ${pattern}`).not.toEqual([]);
    return mine;
  }

  const kills: [
    string,
    'goes on by itself' | 'is started again',
    (folder: StudyFolder, run: ChildProcess) => Promise<void>,
  ][] = [
    [
      'the compute child',
      'goes on by itself',
      async (folder) => kill(await pidOf(folder, 'compute/child.js')),
    ],
    ['the server', 'goes on by itself', async (folder) => kill(await pidOf(folder, 'server start-dev'))],
    ['the worker', 'is started again', async (_, run) => void run.kill('SIGKILL')],
    ['the terminal', 'is started again', async (_, run) => void run.kill('SIGHUP')],
    [
      'everything at once',
      'is started again',
      async (folder, run) => {
        // Found before the first is killed: a child ends by itself when its worker is gone.
        const others = [
          ...(await pidOf(folder, 'compute/child.js')),
          ...(await pidOf(folder, 'server start-dev')),
        ];
        run.kill('SIGKILL');
        kill(others);
      },
    ],
  ];

  it.each(kills)(
    '%s is killed: the study %s',
    async (_, consequence, strike) => {
      await using folder = await studyFolder(longer);
      const first = spawnCommand(folder, ['run', 'study.yaml']);
      const firstEnd = finished(first);
      await cellsStored(folder, 9, firstEnd);
      await strike(folder, first);
      const firstResult = await firstEnd;
      if (consequence === 'is started again') {
        expect(firstResult.code).not.toBe(0);
        const second = await finished(spawnCommand(folder, ['run', 'study.yaml']));
        expect(second.code, second.errors).toBe(0);
      } else expect(firstResult.code, firstResult.errors).toBe(0);
      expect(table(folder, 'items.parquet').equals(table(undisturbed, 'items.parquet'))).toBe(true);
      expect(await cells(folder)).toEqual(await cells(undisturbed));
      expect(table(folder, 'crossover.parquet').equals(table(undisturbed, 'crossover.parquet'))).toBe(true);
    },
    300_000,
  );

  it('cancelled: it ends within seconds, keeps its cells and goes on from them when started again', async () => {
    await using folder = await studyFolder(longer);
    const first = spawnCommand(folder, ['run', 'study.yaml', '--id', 'to-cancel']);
    const firstEnd = finished(first);
    await cellsStored(folder, 6, firstEnd);
    const begun = Date.now();
    const cancel = await finished(spawnCommand(folder, ['cancel', 'to-cancel']));
    expect(cancel.output).toContain('cancelled');
    expect(Date.now() - begun).toBeLessThan(20_000);
    expect((await firstEnd).errors).toContain('was cancelled');
    expect(await runningStages(folder, 'to-cancel')).toEqual([]);
    const again = await finished(spawnCommand(folder, ['run', 'study.yaml', '--id', 'to-cancel']));
    expect(again.code, again.errors).toBe(0);
    expect(again.output).not.toContain(' 0 found in the store');
    expect(await cells(folder)).toEqual(await cells(undisturbed));
  }, 300_000);

  async function runningStages({ address }: StudyFolder, study: string): Promise<string[]> {
    const connection = await Connection.connect({ address });
    const client = new Client({ connection });
    const running: string[] = [];
    for (const stage of ['sample', 'baseline', 'vector', 'lora', 'both', 'laws', 'report'])
      await client.workflow
        .getHandle(`${study}/${stage}`)
        .describe()
        .then(
          ({ status }) => status.name === 'RUNNING' && running.push(stage),
          // A stage that was never started has nothing to describe.
          (error: unknown) => expect(error).toBeInstanceOf(WorkflowNotFoundError),
        );
    await connection.close();
    return running;
  }
});

function kill(pids: readonly number[]): void {
  for (const pid of pids) process.kill(pid, 'SIGKILL');
}

function environmentOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8');
  } catch {
    return '';
  }
}
