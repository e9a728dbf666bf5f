import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from '@temporalio/client';
import { startDevServer, stopDevServer } from './dev-server.js';
import { grpcCodeOf, grpcCodes } from './grpc-code.js';
import { becomes, isFree, isListening, isTemporal, withConnection } from './probe.js';
import { registerSearchAttributes } from './search-attributes.js';
import { ownerOf, writeOwner } from './server-owner.js';
import { databaseFile, isHeld, readRecord, removeStaleRecord, type ServerRecord } from './server-record.js';
import { type ConnectionOptions, readServerSettings, type ServerSettings } from './server-settings.js';
import { findTemporalCli } from './temporal-cli.js';
import { TemporalUnavailable } from './temporal-unavailable.js';

export interface ServerOptions {
  /** Folder of the local server's database, log and record. */
  state: string;
  /** Per-user cache, where set-up keeps the Temporal CLI. */
  cache: string;
  environment: NodeJS.ProcessEnv;
}

/** A server that answers. */
export interface ServerHandle {
  address: string;
  namespace: string;
  uiUrl: string | undefined;
  /** For `Connection.connect` and `NativeConnection.connect`. */
  connectionOptions: ConnectionOptions;
  /** Whether this call started it. */
  started: boolean;
  /** Whether Temporal's own settings name it: somebody else runs it. */
  configured?: boolean;
  /** Process of the server started for this state folder, by this call or an earlier one. */
  pid?: number;
}

const answerMs = 30_000;

/**
 * Finds or starts the Temporal server: the one that Temporal's standard settings name, else the one started earlier for this state folder, else one
 * that answers on the development port and was not started for another state folder, else a new local one. Missing search attributes are registered.
 * @throws TemporalUnavailable saying why there is none and what to do
 */
export async function ensureServer(options: ServerOptions): Promise<ServerHandle> {
  const settings = readServerSettings(options.environment);
  const found = await findServer(options.state, settings);
  const handle = found ?? (await startServer(options, settings));
  await prepareNamespace(handle, options.state);
  return handle;
}

/** The server that `ensureServer` would use; undefined when it would start one. Changes nothing. */
export async function serverStatus({
  state,
  environment,
}: Omit<ServerOptions, 'cache'>): Promise<ServerHandle | undefined> {
  return findServer(state, readServerSettings(environment));
}

/** Stops the server started for this state folder; resolves to its process number, or undefined when none runs. */
export async function stopServer({ state }: { state: string }): Promise<number | undefined> {
  const found = await readRecord(state);
  // while it is starting the record names the process that starts it, which is not ours to end
  const record = found?.stage === 'starting' ? await recordedServer(state) : found;
  if (record === undefined || !(await isHeld(state, record))) {
    await removeStaleRecord(state);
    return undefined;
  }
  await stopDevServer(state, record);
  return record.pid;
}

async function findServer(state: string, settings: ServerSettings): Promise<ServerHandle | undefined> {
  const { configured, namespace, port, uiPort, uiUrl } = settings;
  if (configured !== undefined) return configuredServer(configured, settings);
  const own = await recordedServer(state);
  if (own !== undefined) return ownHandle(own, { namespace, started: false });
  if (!(await isTemporal(port))) return undefined;
  const owner = await ownerOf(port, namespace);
  if (owner !== undefined && owner !== resolve(state)) return undefined;
  if (owner !== undefined && !existsSync(databaseFile(state))) throw withoutDatabase(state, port);
  const ui = uiUrl ?? ((await isListening(uiPort)) ? `http://127.0.0.1:${uiPort}` : undefined);
  return { ...loopback(port), namespace, uiUrl: ui, started: false };
}

/** The state folder other than this one that the server on the development port was started for. */
async function otherOwner(state: string, { port, namespace }: ServerSettings): Promise<string | undefined> {
  const owner = await ownerOf(port, namespace);
  return owner === resolve(state) ? undefined : owner;
}

async function configuredServer(
  connectionOptions: ConnectionOptions,
  { namespace, uiUrl }: ServerSettings,
): Promise<ServerHandle> {
  try {
    await withConnection(
      connectionOptions,
      (connection) => connection.workflowService.getSystemInfo({}),
      10_000,
    );
  } catch (error) {
    throw new TemporalUnavailable(
      `The Temporal server at ${connectionOptions.address} does not answer. It is named by TEMPORAL_ADDRESS or by Temporal's TOML file: ` +
        'start it, correct the address, TLS or API key settings, or unset them to use a local server.',
      { cause: error },
    );
  }
  return {
    address: connectionOptions.address,
    namespace,
    uiUrl,
    connectionOptions,
    started: false,
    configured: true,
  };
}

/** The server of this state folder once it answers, be it that another process is starting it; undefined when there is none or it ends meanwhile. */
async function recordedServer(state: string): Promise<ServerRecord | undefined> {
  const end = Date.now() + answerMs;
  for (;;) {
    const record = await readRecord(state);
    if (record === undefined || !(await isHeld(state, record))) return undefined;
    if (await isTemporal(record.port)) return record;
    if (Date.now() > end) throw silent(state, record);
    await sleep(100);
  }
}

function silent(state: string, { pid, port }: ServerRecord): TemporalUnavailable {
  return new TemporalUnavailable(
    `The Temporal server of ${state} (process ${pid}, port ${port}) does not answer. Stop it with: crossover server stop — and start again.`,
  );
}

/** SQLite goes on writing to a log that has no name any more: what is written there ends with the process. */
function withoutDatabase(state: string, port: number): TemporalUnavailable {
  return new TemporalUnavailable(
    `The Temporal server on port ${port} was started for ${state}, but its database there was deleted. ` +
      'End its process, `temporal server start-dev`, and run again.',
  );
}

async function startServer(
  { state, cache, environment }: ServerOptions,
  settings: ServerSettings,
): Promise<ServerHandle> {
  const { namespace } = settings;
  const cli = await findTemporalCli({ cache, path: environment.PATH ?? '' });
  // Commands that still run, and workers, look for one that died where it was.
  const before = settings.anyPort ? await readRecord(state) : undefined;
  await removeStaleRecord(state);
  const ports =
    before !== undefined && (await isFree(before.port)) && (await isFree(before.uiPort))
      ? { port: before.port, uiPort: before.uiPort }
      : await freePorts(state, settings);
  const record = await startDevServer(cli, { state, namespace, ...ports });
  if (record === undefined) {
    const other = await findServer(state, settings);
    if (other !== undefined) return other;
    throw new TemporalUnavailable(
      `Another process began to start the Temporal server of ${state} and gave up. Run the command again.`,
    );
  }
  return ownHandle(record, { namespace, started: true });
}

/**
 * The usual ports, or the next pair that is free where the usual one serves another state folder.
 * @throws TemporalUnavailable when the port that serves another folder was asked for
 */
async function freePorts(state: string, settings: ServerSettings): Promise<{ port: number; uiPort: number }> {
  const { port, uiPort, anyPort } = settings;
  const owner = (await isTemporal(port)) ? await otherOwner(state, settings) : undefined;
  if (owner === undefined) return { port, uiPort };
  if (anyPort) {
    for (let step = 1; step < 100; step += 1) {
      if ((await isFree(port + step)) && (await isFree(uiPort + step)))
        return { port: port + step, uiPort: uiPort + step };
    }
  }
  throw new TemporalUnavailable(
    `Port ${port} of 127.0.0.1 has the Temporal server of another state folder, ${owner}, whose workers have another store. ` +
      'Unset CROSSOVER_TEMPORAL_PORT and CROSSOVER_UI_PORT to take free ones, or stop that server there with: crossover server stop',
  );
}

function ownHandle(
  { pid, port, uiPort }: ServerRecord,
  rest: Pick<ServerHandle, 'namespace' | 'started'>,
): ServerHandle {
  return { ...loopback(port), ...rest, uiUrl: `http://127.0.0.1:${uiPort}`, pid };
}

function loopback(port: number): Pick<ServerHandle, 'address' | 'connectionOptions'> {
  const address = `127.0.0.1:${port}`;
  return { address, connectionOptions: { address } };
}

/** @throws TemporalUnavailable when the server lacks the namespace or refuses the search attributes */
async function prepareNamespace(
  { address, namespace, connectionOptions, started }: ServerHandle,
  state: string,
): Promise<void> {
  const prepare = async (connection: Connection) => {
    // a fresh server knows its namespace only a moment after it answers
    if (!(await becomes(() => hasNamespace(connection, namespace), 5_000))) {
      const create = `temporal operator namespace create --address ${address} --namespace ${namespace}`;
      throw new TemporalUnavailable(
        `The Temporal server at ${address} has no namespace "${namespace}". Create it: ${create}`,
      );
    }
    if (started) await writeOwner(connection, namespace, resolve(state));
    await registerSearchAttributes(connection, namespace);
  };
  await withConnection(connectionOptions, prepare, 15_000);
}

async function hasNamespace(connection: Connection, namespace: string): Promise<boolean> {
  try {
    await connection.workflowService.describeNamespace({ namespace });
    return true;
  } catch (error) {
    if (grpcCodeOf(error) === grpcCodes.NOT_FOUND) return false;
    throw error;
  }
}
