import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { NativeConnectionOptions } from '@temporalio/worker';
import { z } from 'zod';
import { TemporalUnavailable } from './temporal-unavailable.js';

/** Variables about the local server; everything about a server elsewhere is Temporal's own standard (TEMPORAL_ADDRESS, …). */
const Ports = z.object({
  CROSSOVER_TEMPORAL_PORT: z.coerce.number().int().min(1).max(65_535).optional(),
  CROSSOVER_UI_PORT: z.coerce.number().int().min(1).max(65_535).optional(),
  CROSSOVER_UI_URL: z.url().optional(),
});

/** Temporal’s development port. */
const USUAL_PORT = 7233;

/** How to reach a server: accepted by `Connection.connect` and by `NativeConnection.connect`. */
export type ConnectionOptions = NativeConnectionOptions & { address: string };

export interface ServerSettings {
  /** Set when the environment or Temporal's TOML file names a server; ours is then never started. */
  configured: ConnectionOptions | undefined;
  namespace: string;
  port: number;
  uiPort: number;
  /** No port is asked for: where the usual one serves another state folder, the next free one will do. */
  anyPort: boolean;
  uiUrl: string | undefined;
}

/**
 * Reads Temporal's standard settings (environment variables and TOML profile) and the ports of the local server.
 * @throws TemporalUnavailable naming the variable or file that cannot be used
 */
export function readServerSettings(environment: NodeJS.ProcessEnv): ServerSettings {
  const ports = Ports.safeParse(environment);
  if (!ports.success)
    throw new TemporalUnavailable(ports.error.issues.map((issue) => explain(issue, environment)).join('\n'));
  const { CROSSOVER_TEMPORAL_PORT: chosen, CROSSOVER_UI_URL: uiUrl } = ports.data;
  const port = chosen ?? USUAL_PORT;
  const uiPort = ports.data.CROSSOVER_UI_PORT ?? port + 1000;
  const anyPort = chosen === undefined && ports.data.CROSSOVER_UI_PORT === undefined;
  const local = { port, uiPort, anyPort, uiUrl };
  const { connectionOptions, namespace = 'default' } = standardSettings(environment);
  const { address, ...rest } = connectionOptions;
  if (address !== undefined) return { configured: { address, ...rest }, namespace, ...local };
  if (connectionOptions.apiKey !== undefined || (connectionOptions.tls ?? false) !== false) {
    throw new TemporalUnavailable(
      'A Temporal API key or TLS setting is given without an address. Set TEMPORAL_ADDRESS (host:port), or unset TEMPORAL_API_KEY and TEMPORAL_TLS….',
    );
  }
  return { configured: undefined, namespace, ...local };
}

function standardSettings(environment: NodeJS.ProcessEnv): ReturnType<typeof loadClientConnectConfig> {
  try {
    return loadClientConnectConfig({ overrideEnvVars: definedOnly(environment) });
  } catch (error) {
    const file = environment.TEMPORAL_CONFIG_FILE ?? "Temporal's TOML file";
    throw new TemporalUnavailable(
      `The Temporal connection settings (TEMPORAL_… variables, ${file}) cannot be used: ${String(error)}`,
      {
        cause: error,
      },
    );
  }
}

function definedOnly(environment: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

function explain(issue: z.core.$ZodIssue, environment: NodeJS.ProcessEnv): string {
  const name = String(issue.path[0]);
  return `environment variable ${name}: found ${JSON.stringify(environment[name])}; ${issue.message}`;
}
