import type { Connection } from '@temporalio/client';
import { TemporalUnavailable } from './temporal-unavailable.js';

/** What studies can be found by. SQL stores allow 10 of type Keyword and 3 of type Int in a namespace. */
export const searchAttributes = {
  CrossoverPipeline: 'Keyword',
  CrossoverStage: 'Keyword',
  CrossoverCellsTotal: 'Int',
  CrossoverCellsDone: 'Int',
} as const;

/** Numbers of temporal.api.enums.v1.IndexedValueType. */
const typeNumbers = { Keyword: 2, Int: 3 } as const;

/**
 * Registers those of our search attributes that the namespace lacks.
 * @throws TemporalUnavailable with the commands to run when the server refuses, or when a name is taken by another type
 */
export async function registerSearchAttributes(connection: Connection, namespace: string): Promise<void> {
  const present = await customAttributes(connection, namespace);
  const missing = Object.entries(searchAttributes).filter(([name]) => present[name] === undefined);
  for (const [name, type] of Object.entries(searchAttributes)) {
    const found = present[name];
    if (found !== undefined && found !== typeNumbers[type]) throw otherType(name, { type, found, namespace });
  }
  if (missing.length === 0) return;
  const numbered = Object.fromEntries(missing.map(([name, type]) => [name, typeNumbers[type]]));
  try {
    await connection.operatorService.addSearchAttributes({ namespace, searchAttributes: numbered });
  } catch (error) {
    throw new TemporalUnavailable(refusal(namespace, missing), { cause: error });
  }
}

async function customAttributes(connection: Connection, namespace: string): Promise<Record<string, number>> {
  try {
    const { customAttributes: present } = await connection.operatorService.listSearchAttributes({
      namespace,
    });
    return present ?? {};
  } catch (error) {
    throw new TemporalUnavailable(refusal(namespace, Object.entries(searchAttributes)), { cause: error });
  }
}

function refusal(namespace: string, missing: [string, string][]): string {
  const commands = missing.map(
    ([name, type]) =>
      `  temporal operator search-attribute create --namespace ${namespace} --name ${name} --type ${type}`,
  );
  return [
    `The Temporal server would not list or register the search attributes of namespace "${namespace}".`,
    'Its administrator can add them (on Temporal Cloud: in the namespace settings, or with tcld):',
    ...commands,
  ].join('\n');
}

function otherType(
  name: string,
  { type, found, namespace }: { type: string; found: number; namespace: string },
): TemporalUnavailable {
  return new TemporalUnavailable(
    `Search attribute ${name} of namespace "${namespace}" has type number ${found}; expected ${type}. ` +
      `Use another namespace (TEMPORAL_NAMESPACE), or remove the attribute there: temporal operator search-attribute remove --name ${name}`,
  );
}
