import type { Connection } from '@temporalio/client';
import { withConnection } from './probe.js';

/** Where a namespace of a server that we started says for which state folder. */
const KEY = 'crossover-state';

/** Writes into the namespace which state folder its server was started for: workers of another one have another store. */
export async function writeOwner(connection: Connection, namespace: string, state: string): Promise<void> {
  await connection.workflowService.updateNamespace({
    namespace,
    updateInfo: { data: { [KEY]: state } },
  });
}

/** The state folder that the server on a loopback port was started for; undefined for a server that somebody else started. */
export function ownerOf(port: number, namespace: string): Promise<string | undefined> {
  return withConnection({ address: `127.0.0.1:${port}` }, async (connection) => {
    const { namespaces } = await connection.workflowService.listNamespaces({ pageSize: 100 });
    const found = namespaces.find(({ namespaceInfo }) => namespaceInfo?.name === namespace);
    return found?.namespaceInfo?.data?.[KEY];
  });
}
