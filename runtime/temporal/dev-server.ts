import { spawn } from 'node:child_process';
import { mkdir, open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { becomes, isFree, isTemporal } from './probe.js';
import { searchAttributes } from './search-attributes.js';
import {
  claim,
  databaseFile,
  isAlive,
  logFile,
  removeRecord,
  type ServerRecord,
  writeRecord,
} from './server-record.js';
import type { TemporalCli } from './temporal-cli.js';
import { TemporalUnavailable } from './temporal-unavailable.js';

const startMs = 60_000;
const stopMs = 15_000;

export interface DevServerOptions {
  state: string;
  namespace: string;
  port: number;
  uiPort: number;
}

/**
 * Starts `temporal server start-dev` on loopback with an SQLite file and the Web UI, as a process that outlives this one, and waits until it answers.
 * Resolves to its record, or to undefined when another process is starting it at this moment.
 * @throws TemporalUnavailable when a port is taken or the server ends while starting
 */
export async function startDevServer(
  cli: TemporalCli,
  options: DevServerOptions,
): Promise<ServerRecord | undefined> {
  const { state, port, uiPort } = options;
  const starting = { pid: process.pid, stage: 'starting', port, uiPort, cliVersion: cli.version } as const;
  if (!(await claim(state, starting))) return undefined;
  try {
    await requireFree(port, { of: 'Temporal server', variable: 'CROSSOVER_TEMPORAL_PORT' });
    await requireFree(uiPort, { of: 'Temporal Web UI', variable: 'CROSSOVER_UI_PORT' });
    const pid = await launch(cli, options);
    const record = { ...starting, pid, stage: 'running' } as const;
    await writeRecord(state, record);
    await untilAnswering(record, { cli, state });
    return record;
  } catch (error) {
    await removeRecord(state);
    throw error;
  }
}

/** Ends the recorded server: SIGTERM, and SIGKILL when it does not end within 15 s. */
export async function stopDevServer(state: string, { pid }: ServerRecord): Promise<void> {
  process.kill(pid, 'SIGTERM');
  if (!(await becomes(async () => !isAlive(pid), stopMs))) process.kill(pid, 'SIGKILL');
  await removeRecord(state);
}

async function launch(cli: TemporalCli, options: DevServerOptions): Promise<number> {
  const log = logFile(options.state);
  await mkdir(dirname(log), { recursive: true });
  const output = await open(log, 'w');
  try {
    const server = spawn(cli.path, serverArguments(options), {
      detached: true,
      stdio: ['ignore', output.fd, output.fd],
    });
    await new Promise<void>((resolve, reject) => server.once('spawn', resolve).once('error', reject));
    server.unref();
    if (server.pid === undefined) throw new TemporalUnavailable(`${cli.path} could not be started.`);
    return server.pid;
  } finally {
    await output.close();
  }
}

function serverArguments({ state, namespace, port, uiPort }: DevServerOptions): string[] {
  const attributes = Object.entries(searchAttributes).flatMap(([name, type]) => [
    '--search-attribute',
    `${name}=${type}`,
  ]);
  const addresses = [
    '--ip',
    '127.0.0.1',
    '--port',
    String(port),
    '--ui-ip',
    '127.0.0.1',
    '--ui-port',
    String(uiPort),
  ];
  const rest = ['--db-filename', databaseFile(state), '--namespace', namespace, '--log-level', 'warn'];
  return [
    'server',
    'start-dev',
    ...addresses,
    ...rest,
    ...DURABLE_LOG,
    ...PROMPT_TASKS,
    ...IN_ORDER,
    ...attributes,
  ];
}

/** Every transaction is on disk before it is answered, as without these, but by one synced append instead of a journal, the file and its folder. */
const DURABLE_LOG = ['journal_mode=wal', 'synchronous=full'].flatMap((pragma) => ['--sqlite-pragma', pragma]);

/** Meant for a shard among thousands, the usual 20 looks a second let each step of a study wait 50 ms once the first second's are used up. */
const PROMPT_TASKS = ['transfer', 'timer'].flatMap((queue) => [
  '--dynamic-config-value',
  `history.${queue}ProcessorMaxPollRPS=1000`,
]);

/** Of four partitions, the usual number, any may be asked first; of one, groups come in the order in which stages gave them out. */
const IN_ORDER = ['Read', 'Write'].flatMap((use) => [
  '--dynamic-config-value',
  `matching.numTaskqueue${use}Partitions=1`,
]);

async function untilAnswering(
  { pid, port }: ServerRecord,
  { cli, state }: { cli: TemporalCli; state: string },
): Promise<void> {
  const settled = await becomes(async () => !isAlive(pid) || (await isTemporal(port)), startMs);
  if (settled && isAlive(pid)) return;
  if (isAlive(pid)) process.kill(pid, 'SIGTERM');
  const what = settled ? 'ended while starting' : `did not answer within ${startMs / 1000} s and was stopped`;
  throw new TemporalUnavailable(
    [
      `The Temporal server (${cli.path}, version ${cli.version}) ${what}. It said:`,
      ...(await lastLines(logFile(state))).map((line) => `  ${line}`),
      `Its log: ${logFile(state)}. If its database ${databaseFile(state)} was written by a newer version or is damaged, move that file away and start again: finished results are kept elsewhere.`,
    ].join('\n'),
  );
}

async function requireFree(port: number, { of, variable }: { of: string; variable: string }): Promise<void> {
  if (await isFree(port)) return;
  throw new TemporalUnavailable(
    `Port ${port} of 127.0.0.1, wanted for the ${of}, is taken by another program. Stop that program, or set ${variable} to a free port.`,
  );
}

async function lastLines(path: string): Promise<string[]> {
  const lines = (await readFile(path, 'utf8')).split('\n').filter((line) => line.trim() !== '');
  return lines.slice(-6);
}
