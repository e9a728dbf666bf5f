import { type ChildProcess, spawn } from 'node:child_process';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { becomes, isTemporal } from '../../runtime/temporal/probe.js';
import { searchAttributes } from '../../runtime/temporal/search-attributes.js';
import { findTemporalCli } from '../../runtime/temporal/temporal-cli.js';
import { Pipeline } from '../../schemas/pipeline.js';
import { freePorts } from './study-folder.js';

const cache =
  process.env.CROSSOVER_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'crossover');
const codePath = resolve(import.meta.dirname, '../../dist/workflow-bundle.js');
const reference = { sha256: '0'.repeat(64), bytes: 1, kind: 'json' };

/** A stage of so many groups, one a seed. */
function planned(groups: number) {
  const pipeline = Pipeline.parse({
    name: 'many',
    models: ['smollm2-135m-instruct'],
    tasks: ['capitals'],
    stages: {
      sample: { stage: 'sample', budgets: [1], seeds: groups, validation: 4, test: 4 },
      baseline: { stage: 'baseline', data: 'sample' },
    },
  });
  return { run: 'many', pipeline, reference };
}

/** What stands for the compute: how many groups were begun, and how long each takes. */
const groups = { begun: 0, seconds: 0 };

async function computed() {
  groups.begun += 1;
  const { heartbeat, cancelled } = Context.current();
  const beat = setInterval(() => heartbeat(), 100);
  try {
    await Promise.race([delay(groups.seconds * 1000), cancelled]);
    return { record: reference, computed: 1, cached: 0, failed: 0, headline: '' };
  } finally {
    clearInterval(beat);
  }
}

let server: ChildProcess;
let client: Client;
let connection: NativeConnection;
const ending: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  const [port = 0] = await freePorts(1);
  const { path } = await findTemporalCli({ cache, path: process.env.PATH ?? '' });
  const attributes = Object.entries(searchAttributes).flatMap(([name, type]) => [
    '--search-attribute',
    `${name}=${type}`,
  ]);
  // A fresh history is suggested early, so that a stage of this size has several.
  const early = ['--dynamic-config-value', 'limit.historyCount.suggestContinueAsNew=60'];
  const args = ['--headless', '--log-level', 'error', '--port', String(port), ...early, ...attributes];
  server = spawn(path, ['server', 'start-dev', ...args], { stdio: 'ignore' });
  expect(await becomes(() => isTemporal(port), 60_000)).toBe(true);
  const address = `127.0.0.1:${port}`;
  connection = await NativeConnection.connect({ address });
  const control = await Connection.connect({ address });
  client = new Client({ connection: control });
  const workers = await Promise.all([
    Worker.create({
      connection,
      taskQueue: 'crossover',
      workflowBundle: { codePath },
      activities: { plan: async ({ pipeline }: { pipeline: unknown }) => pipeline },
    }),
    Worker.create({
      connection,
      taskQueue: 'crossover-cpu',
      activities: { sample: computed, baseline: computed },
      maxConcurrentActivityTaskExecutions: 4,
      maxHeartbeatThrottleInterval: '100 milliseconds',
      defaultHeartbeatThrottleInterval: '100 milliseconds',
    }),
  ]);
  const running = workers.map((worker) => worker.run());
  ending.push(async () => {
    for (const worker of workers) worker.shutdown();
    await Promise.all(running);
    await connection.close();
    await control.close();
  });
});

afterAll(async () => {
  for (const end of ending) await end();
  server.kill('SIGKILL');
});

describe('a stage under a server that suggests fresh histories early', () => {
  it('that is cancelled while it waits for its groups before a fresh history ends cancelled', async () => {
    groups.seconds = 0.5;
    const handle = await client.workflow.start('stage', {
      workflowId: 'drained',
      taskQueue: 'crossover',
      args: [{ planned: planned(130), stage: 'sample', device: 'cpu', paused: false }],
    });
    expect(await becomes(() => isDraining('drained'), 30_000)).toBe(true);
    await handle.cancel();
    await handle.result().catch(() => undefined);
    expect((await handle.describe()).status.name).toBe('CANCELLED');
  }, 120_000);
});

describe('a paused study', () => {
  it('lets the groups that are given out end, and goes on when it is told to', async () => {
    Object.assign(groups, { begun: 0, seconds: 0.2 });
    const handle = await client.workflow.start('study', {
      workflowId: 'paused',
      taskQueue: 'crossover',
      args: [{ pipeline: planned(40), device: 'cpu', window: 4 }],
    });
    expect(await becomes(async () => groups.begun > 0, 30_000)).toBe(true);
    await handle.executeUpdate('pause');
    await delay(3000);
    const { begun } = groups;
    expect(begun).toBeLessThan(35);
    await delay(3000);
    expect(groups.begun).toBe(begun);
    // Told in the middle of a stage.
    expect((await handle.describe()).searchAttributes.CrossoverCellsDone?.[0]).toBeGreaterThan(0);
    await handle.executeUpdate('resume');
    expect(await handle.result()).toMatchObject({ computed: 41 });
  }, 120_000);
});

/** Whether a stage waits for its last groups before a fresh history: some of the first hundred are done, no other is begun. */
async function isDraining(workflowId: string): Promise<boolean> {
  const { raw } = await client.workflow.getHandle(workflowId).describe();
  const pending = raw.pendingActivities?.length ?? 0;
  return pending > 0 && pending < 95;
}
