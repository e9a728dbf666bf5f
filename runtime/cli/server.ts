import { readSettings } from '../settings.js';
import { ensureServer, serverStatus, stopServer } from '../temporal/server.js';

export async function start(): Promise<void> {
  const { state, cache } = readSettings(process.env, process.cwd());
  const { address, uiUrl, started } = await ensureServer({ state, cache, environment: process.env });
  process.stdout.write(
    `Temporal server ${started ? 'started' : 'already running'} at ${address}${uiUrl === undefined ? '' : `, UI ${uiUrl}`}\n`,
  );
}

export async function stop(): Promise<void> {
  const pid = await stopServer(readSettings(process.env, process.cwd()));
  process.stdout.write(
    pid === undefined
      ? 'no Temporal server of this folder is running\n'
      : `Temporal server stopped (process ${pid}); its database is kept\n`,
  );
}

export async function status(): Promise<void> {
  const { state } = readSettings(process.env, process.cwd());
  const server = await serverStatus({ state, environment: process.env });
  process.stdout.write(
    server === undefined
      ? 'no Temporal server is running\n'
      : `Temporal server at ${server.address}${server.uiUrl === undefined ? '' : `, UI ${server.uiUrl}`}\n`,
  );
}
