import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import type { ConnectionOptions } from './server-settings.js';

/** Calls `use` with a connection that is closed afterwards. Rejects when no Temporal server answers in time. */
export async function withConnection<T>(
  options: ConnectionOptions,
  use: (connection: Connection) => Promise<T>,
  timeoutMs = 5_000,
): Promise<T> {
  const connection = await Connection.connect({ ...options, connectTimeout: timeoutMs });
  try {
    return await connection.withDeadline(Date.now() + timeoutMs, () => use(connection));
  } finally {
    await connection.close();
  }
}

/** Whether a Temporal server answers on the loopback port; `false` when nothing listens there or something else does. */
export async function isTemporal(port: number): Promise<boolean> {
  if (!(await isListening(port))) return false;
  try {
    await withConnection({ address: `127.0.0.1:${port}` }, (connection) =>
      connection.workflowService.getSystemInfo({}),
    );
    return true;
  } catch {
    return false; // the question is whether it answers as Temporal does; how it fails to does not matter
  }
}

/** Whether a TCP connection to the loopback port is accepted. */
export function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    const answer = (listening: boolean) => {
      socket.destroy();
      resolve(listening);
    };
    socket.once('connect', () => answer(true)).once('error', () => answer(false));
    socket.setTimeout(2_000, () => answer(false));
  });
}

/** Whether this process could listen on the loopback port. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** Asks every 100 ms until the answer is `true`; resolves to whether it came within `timeoutMs`. */
export async function becomes(ask: () => Promise<boolean>, timeoutMs: number): Promise<boolean> {
  const end = Date.now() + timeoutMs;
  while (Date.now() < end) {
    if (await ask()) return true;
    await sleep(100);
  }
  return false;
}
