import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startStudy } from '../../runtime/study.js';
import { startDevServer } from '../../runtime/temporal/dev-server.js';
import { ensureServer, type ServerOptions, serverStatus, stopServer } from '../../runtime/temporal/server.js';
import { findTemporalCli, type TemporalCli } from '../../runtime/temporal/temporal-cli.js';
import { TemporalUnavailable } from '../../runtime/temporal/temporal-unavailable.js';
import { Pipeline } from '../../schemas/pipeline.js';

const cache =
  process.env.CROSSOVER_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'crossover');
const path = process.env.PATH ?? '';
const cli: TemporalCli | undefined = await findTemporalCli({ cache, path }).catch(() => undefined);

const pipeline = Pipeline.parse({
  name: 'lost',
  models: ['smollm2-135m-instruct'],
  tasks: ['capitals'],
  stages: {
    sample: { stage: 'sample', budgets: [1], seeds: 1, validation: 4, test: 4 },
    baseline: { stage: 'baseline', data: 'sample' },
  },
});

let state: string;
let options: ServerOptions;

beforeEach(async () => {
  state = await mkdtemp(join(tmpdir(), 'crossover-temporal-'));
  const [port, uiPort] = await Promise.all([freePort(), freePort()]);
  const environment = {
    PATH: path,
    HOME: state,
    CROSSOVER_TEMPORAL_PORT: String(port),
    CROSSOVER_UI_PORT: String(uiPort),
  };
  options = { state, cache, environment };
});

afterEach(async () => {
  await stopServer({ state });
  await rm(state, { recursive: true, force: true });
});

describe.skipIf(cli === undefined)(
  'the local Temporal server (skipped without a Temporal CLI on PATH or in the cache)',
  () => {
    test('starts on loopback with its Web UI, and a second call uses the same one', async () => {
      const first = await ensureServer(options);
      const second = await ensureServer(options);
      expect(first).toMatchObject({
        started: true,
        namespace: 'default',
        address: `127.0.0.1:${options.environment.CROSSOVER_TEMPORAL_PORT}`,
      });
      expect(second).toEqual({ ...first, started: false });
      expect((await fetch(first.uiUrl ?? '')).status).toBe(200);
    });

    test('two processes that want it at the same moment end with one server', async () => {
      const handles = await Promise.all([ensureServer(options), ensureServer(options)]);
      expect(handles.map((handle) => handle.started).sort()).toEqual([false, true]);
      expect(handles[0]?.pid).toBe(handles[1]?.pid);
    });

    test('knows the search attributes of studies', async () => {
      const { connectionOptions } = await ensureServer(options);
      await startWorkflow(connectionOptions, 'found-by-attribute');
      const listed = await listWorkflows(
        connectionOptions,
        'CrossoverPipeline = "quickstart" AND CrossoverCellsTotal = 12',
      );
      expect(listed).toEqual(['found-by-attribute']);
    });

    test('killed without warning, it starts again on the same database with its workflows', async () => {
      const first = await ensureServer(options);
      await startWorkflow(first.connectionOptions, 'survivor');
      process.kill(first.pid ?? 0, 'SIGKILL');
      const second = await ensureServer(options);
      expect(second.started).toBe(true);
      expect(second.pid).not.toBe(first.pid);
      expect(await listWorkflows(second.connectionOptions, 'WorkflowId = "survivor"')).toEqual(['survivor']);
    });

    test('stop ends it; status then finds none; a second stop has nothing to do', async () => {
      const { pid } = await ensureServer(options);
      expect(await serverStatus(options)).toMatchObject({ pid, started: false });
      expect(await stopServer({ state })).toBe(pid);
      expect(await serverStatus(options)).toBeUndefined();
      expect(await stopServer({ state })).toBeUndefined();
    });

    test('a server whose folder was deleted is not used: nothing of what it took would last', async () => {
      const { pid = 0 } = await ensureServer(options);
      await rm(state, { recursive: true, force: true });
      try {
        await expect(ensureServer(options)).rejects.toThrow(/its database there was deleted/);
      } finally {
        process.kill(pid, 'SIGKILL');
      }
    });

    test('a study says so when the server has just ended', async () => {
      const { pid = 0, connectionOptions } = await ensureServer(options);
      const connection = await Connection.connect(connectionOptions);
      process.kill(pid, 'SIGKILL');
      try {
        const started = startStudy(new Client({ connection }), {
          workflowId: 'lost',
          pipeline,
          device: 'cpu',
        });
        await expect(started).rejects.toThrow(TemporalUnavailable);
      } finally {
        await connection.close();
      }
    }, 120_000);

    test('a process that got the number of a server that died is not taken for it, nor stopped', async () => {
      const record = { pid: process.pid, stage: 'running', port: 1, uiPort: 2, cliVersion: '1.9.1' };
      await writeFile(join(state, 'temporal-server.json'), JSON.stringify(record));
      expect(await stopServer({ state })).toBeUndefined();
      expect(await serverStatus(options)).toBeUndefined();
    });

    test('uses a server that already answers on its port, and registers what that one lacks', async () => {
      const foreign = join(state, 'foreign');
      const handle = await startedByHand(foreign);
      const remove = ['operator', 'search-attribute', 'remove', '--yes', '--address', handle.address];
      await promisify(execFile)(cli?.path ?? '', [...remove, '--name', 'CrossoverStage'], {
        env: options.environment,
      });
      try {
        const found = await ensureServer(options);
        expect(found).toMatchObject({ started: false, address: handle.address });
        expect(found.pid).toBeUndefined();
        expect(await attributeNames(found.connectionOptions)).toContain('CrossoverStage');
      } finally {
        await stopServer({ state: foreign });
      }
    });

    test('a server of another state folder is not used: a port that was asked for is an error, else the next free one is taken', async () => {
      const other = join(state, 'other');
      await mkdir(other);
      await ensureServer({ ...options, state: other });
      try {
        expect(await serverStatus(options)).toBeUndefined();
        await expect(ensureServer(options)).rejects.toThrow(
          `has the Temporal server of another state folder, ${other}`,
        );
      } finally {
        await stopServer({ state: other });
      }
    });

    test('where no port is asked for, two state folders have servers of their own', async () => {
      const other = join(state, 'other');
      await mkdir(other);
      const environment = { PATH: path, HOME: state };
      const [first, second] = [
        await ensureServer({ ...options, environment, state: other }),
        await ensureServer({ ...options, environment }),
      ];
      try {
        expect([first.started, second.started]).toEqual([true, true]);
        expect(second.address).not.toBe(first.address);
        expect(await ensureServer({ ...options, environment })).toMatchObject({ address: second.address });
      } finally {
        await stopServer({ state: other });
      }
    });

    test('where no port is asked for, one that died starts again where it was', async () => {
      const [port, uiPort] = [Number(await freePort()), Number(await freePort())];
      const died = { pid: 2 ** 22 + 1, stage: 'running', port, uiPort, cliVersion: '1.9.1' };
      await writeFile(join(state, 'temporal-server.json'), JSON.stringify(died));
      const environment = { PATH: path, HOME: state };
      expect(await ensureServer({ ...options, environment })).toMatchObject({
        started: true,
        address: `127.0.0.1:${port}`,
      });
    });

    test('a study joins the one of its id that runs, but not that of another pipeline', async () => {
      const { connectionOptions } = await ensureServer(options);
      await withClient(connectionOptions, async (client) => {
        const study = { workflowId: 'mine', pipeline, device: 'cpu' as const };
        expect((await startStudy(client, study)).joined).toBe(false);
        expect((await startStudy(client, study)).joined).toBe(true);
        const other = startStudy(client, { ...study, pipeline: { ...pipeline, name: 'other' } });
        await expect(other).rejects.toThrow(/"mine": found the running study lost-\w+, expected other-\w+/);
      });
    });

    test('a port taken by another program is named with the variable that changes it', async () => {
      const other = await listenOn(Number(options.environment.CROSSOVER_TEMPORAL_PORT));
      await expect(ensureServer(options)).rejects.toThrow(
        /Port \d+ of 127\.0\.0\.1.*taken by another program.*CROSSOVER_TEMPORAL_PORT/,
      );
      other.close();
      const ui = await listenOn(Number(options.environment.CROSSOVER_UI_PORT));
      await expect(ensureServer(options)).rejects.toThrow(
        /Web UI, is taken by another program.*CROSSOVER_UI_PORT/,
      );
      ui.close();
    });

    test('a database it cannot read ends with what the server said and where its files are', async () => {
      await writeFile(join(state, 'temporal.db'), 'not a database '.repeat(1000));
      await expect(ensureServer(options)).rejects.toThrow(
        /ended while starting[\s\S]*not a database[\s\S]*temporal\.db/,
      );
      expect(await readFile(join(state, 'temporal.db'), 'utf8')).toContain('not a database');
    });

    test('a namespace that the server lacks is an error with the command that creates it', async () => {
      await ensureServer(options);
      const elsewhere = {
        ...options,
        environment: { ...options.environment, TEMPORAL_NAMESPACE: 'elsewhere' },
      };
      await expect(ensureServer(elsewhere)).rejects.toThrow(
        /no namespace "elsewhere".*namespace create .*--namespace elsewhere/,
      );
    });
  },
);

test('a configured address that does not answer is an error, and no server is started', async () => {
  const environment = { ...options.environment, TEMPORAL_ADDRESS: `127.0.0.1:${await freePort()}` };
  await expect(ensureServer({ ...options, environment })).rejects.toThrow(
    /does not answer.*TEMPORAL_ADDRESS/,
  );
  expect(await serverStatus(options)).toBeUndefined();
}, 30_000);

test('without a Temporal CLI the error says where it was looked for and to run the set-up', async () => {
  const bare = {
    ...options,
    cache: join(state, 'empty'),
    environment: { ...options.environment, PATH: state },
  };
  await expect(ensureServer(bare)).rejects.toThrow(/No Temporal CLI .*npm run setup/);
});

/** A development server that no state folder is written into, as a person starts one. */
async function startedByHand(folder: string): Promise<{ address: string }> {
  if (cli === undefined) throw new Error('no Temporal CLI');
  const { CROSSOVER_TEMPORAL_PORT: port, CROSSOVER_UI_PORT: uiPort } = options.environment;
  const ports = { port: Number(port), uiPort: Number(uiPort) };
  await startDevServer(cli, { state: folder, namespace: 'default', ...ports });
  return { address: `127.0.0.1:${port}` };
}

async function startWorkflow(connectionOptions: { address: string }, workflowId: string): Promise<void> {
  await withClient(connectionOptions, async (client) => {
    await client.workflow.start('study', {
      workflowId,
      taskQueue: 'nobody-listens',
      searchAttributes: { CrossoverPipeline: ['quickstart'], CrossoverCellsTotal: [12] },
    });
  });
}

/** Ids found by a visibility query; the server lists new workflows after a moment. */
async function listWorkflows(connectionOptions: { address: string }, query: string): Promise<string[]> {
  return withClient(connectionOptions, async (client) => {
    const found: string[] = [];
    await expect
      .poll(
        async () => {
          for await (const { workflowId } of client.workflow.list({ query }))
            if (!found.includes(workflowId)) found.push(workflowId);
          return found.length;
        },
        { timeout: 10_000 },
      )
      .toBe(1);
    return found;
  });
}

async function attributeNames(connectionOptions: { address: string }): Promise<string[]> {
  const connection = await Connection.connect(connectionOptions);
  try {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({
      namespace: 'default',
    });
    return Object.keys(customAttributes ?? {});
  } finally {
    await connection.close();
  }
}

async function withClient<T>(
  connectionOptions: { address: string },
  use: (client: Client) => Promise<T>,
): Promise<T> {
  const connection = await Connection.connect(connectionOptions);
  try {
    return await use(new Client({ connection }));
  } finally {
    await connection.close();
  }
}

function listenOn(port: number): Promise<Server> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen({ host: '127.0.0.1', port }, () => resolve(server));
  });
}

/** A port of the loopback interface that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = await listenOn(0);
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  return address.port;
}
