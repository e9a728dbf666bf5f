import { Client, Connection } from '@temporalio/client';
import type { Settings } from './settings.js';
import { ensureServer, type ServerHandle, serverStatus } from './temporal/server.js';

/** A connected client and the server it talks to; disposing closes the connection, not the server. */
export interface TemporalSession extends AsyncDisposable {
  server: ServerHandle;
  client: Client;
}

/** Finds or starts a server and connects to it. */
export async function openSession({ state, cache }: Settings): Promise<TemporalSession> {
  return connected(await ensureServer({ state, cache, environment: process.env }));
}

/** Connects to the server that runs; undefined when there is none. Starts nothing. */
export async function joinSession({ state }: Pick<Settings, 'state'>): Promise<TemporalSession | undefined> {
  const server = await serverStatus({ state, environment: process.env });
  return server && connected(server);
}

async function connected(server: ServerHandle): Promise<TemporalSession> {
  const connection = await Connection.connect(server.connectionOptions);
  return {
    server,
    client: new Client({ connection, namespace: server.namespace }),
    [Symbol.asyncDispose]: () => connection.close(),
  };
}

/** Page of a workflow in the Temporal UI. */
export function workflowPage({ uiUrl, namespace }: ServerHandle, workflowId: string): string | undefined {
  return uiUrl === undefined
    ? undefined
    : `${uiUrl}/namespaces/${namespace}/workflows/${encodeURIComponent(workflowId)}`;
}
