import { availableParallelism, homedir, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { InvalidInput } from '../schemas/invalid-input.js';
import { Device } from '../schemas/stages.js';
import { packageRoot } from './package-root.js';

/** Everything the environment decides; read once, then passed on. Temporal's own settings are read by its connection. */
export interface Settings {
  /** Per-user cache: libtensorflow, weights, Temporal CLI. */
  cache: string;
  /** State of this working folder: store, database of the local server, logs. */
  state: string;
  /** The artifact store: a folder, or `s3://bucket/prefix`. */
  store: string;
  /** Finished studies: runs/<run>/. */
  runs: string;
  device: Device;
  /**
   * In what matrix products are computed. `bfloat16` keeps float32 everywhere else and sums in float32: faster on
   * processors with instructions for it, other digits from the third on; results of the two are different cells.
   */
  precision: Precision;
  /** Threads of one compute child. */
  threads: number;
  /** Compute children of one worker. */
  children: number;
  /** A child above this resident size is replaced after its job. */
  memoryBoundBytes: number;
  /** A working child that says nothing for so long is killed and its job tried again. */
  silenceMs: number;
  /** File that compute children append a trace of their work to; none by default. */
  profile: string | undefined;
  hub: { endpoint: string; token: string | undefined };
  /** Words for the terms of models that the user has accepted. */
  acceptedLicences: string[];
  /** Access to an S3-compatible store; secrets stay here and in the signature. */
  s3: {
    endpoint: string;
    region: string;
    accessKeyId: string | undefined;
    secretAccessKey: string | undefined;
    sessionToken: string | undefined;
  };
}

export const Precision = z.enum(['float32', 'bfloat16']);
export type Precision = z.infer<typeof Precision>;

const positive = z.coerce.number().int().positive();

/** Variables of the environment and their meaning. */
export const Environment = z.object({
  CROSSOVER_CACHE: z.string().min(1).optional(),
  CROSSOVER_STATE: z.string().min(1).default('.crossover'),
  CROSSOVER_STORE: z.string().min(1).optional(),
  CROSSOVER_RUNS: z.string().min(1).default('runs'),
  CROSSOVER_DEVICE: Device.default('cpu'),
  CROSSOVER_PRECISION: Precision.default('float32'),
  CROSSOVER_THREADS: positive.optional(),
  CROSSOVER_CHILDREN: positive.optional(),
  CROSSOVER_MEMORY_GIB: z.coerce.number().positive().optional(),
  CROSSOVER_SILENCE_SECONDS: positive.default(600),
  CROSSOVER_PROFILE: z.string().min(1).optional(),
  XDG_CACHE_HOME: z.string().min(1).optional(),
  HF_ENDPOINT: z.url().default('https://huggingface.co'),
  HF_TOKEN: z.string().min(1).optional(),
  CROSSOVER_ACCEPT_LICENCES: z.string().default(''),
  CROSSOVER_S3_ENDPOINT: z.url().optional(),
  AWS_REGION: z.string().min(1).default('us-east-1'),
  AWS_ACCESS_KEY_ID: z.string().min(1).optional(),
  AWS_SECRET_ACCESS_KEY: z.string().min(1).optional(),
  AWS_SESSION_TOKEN: z.string().min(1).optional(),
});

/** Of the machine's memory, for all compute children together. */
export const MEMORY_SHARE = 0.6;

/**
 * Settings from environment variables.
 * @param defaults.children compute children where the environment names no number
 * @throws InvalidInput naming the variable, the value found and what was expected.
 */
export function readSettings(
  environment: NodeJS.ProcessEnv,
  folder: string,
  defaults: { children?: number } = {},
): Settings {
  // An empty variable is an unset one: compose files pass them on so.
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = Environment.safeParse(given);
  if (!parsed.success)
    throw new InvalidInput(parsed.error.issues.map((issue) => explain(issue, environment)).join('\n'));
  const set = parsed.data;
  const state = resolve(folder, set.CROSSOVER_STATE);
  const children = set.CROSSOVER_CHILDREN ?? defaults.children ?? 1;
  return {
    cache: resolve(
      folder,
      set.CROSSOVER_CACHE ?? join(set.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'crossover'),
    ),
    state,
    store: storeLocation(set.CROSSOVER_STORE ?? join(state, 'store'), folder),
    runs: resolve(folder, set.CROSSOVER_RUNS),
    device: set.CROSSOVER_DEVICE,
    precision: set.CROSSOVER_PRECISION,
    threads: set.CROSSOVER_THREADS ?? Math.max(1, Math.floor(availableParallelism() / children)),
    children,
    memoryBoundBytes:
      set.CROSSOVER_MEMORY_GIB === undefined
        ? Math.floor((totalmem() * MEMORY_SHARE) / children)
        : set.CROSSOVER_MEMORY_GIB * 2 ** 30,
    silenceMs: set.CROSSOVER_SILENCE_SECONDS * 1000,
    profile: set.CROSSOVER_PROFILE === undefined ? undefined : resolve(folder, set.CROSSOVER_PROFILE),
    hub: { endpoint: set.HF_ENDPOINT, token: set.HF_TOKEN },
    acceptedLicences: set.CROSSOVER_ACCEPT_LICENCES.split(/[\s,]+/).filter((word) => word !== ''),
    s3: {
      endpoint: set.CROSSOVER_S3_ENDPOINT ?? `https://s3.${set.AWS_REGION}.amazonaws.com`,
      region: set.AWS_REGION,
      accessKeyId: set.AWS_ACCESS_KEY_ID,
      secretAccessKey: set.AWS_SECRET_ACCESS_KEY,
      sessionToken: set.AWS_SESSION_TOKEN,
    },
  };
}

/** Folders that a pipeline's bare name is looked up in, in order. */
export function pipelineFolders(folder: string): string[] {
  return [...new Set([join(folder, 'pipelines'), join(packageRoot, 'pipelines')])];
}

function storeLocation(text: string, folder: string): string {
  return text.startsWith('s3://') ? text : resolve(folder, text);
}

function explain(issue: z.core.$ZodIssue, environment: NodeJS.ProcessEnv): string {
  const name = String(issue.path[0]);
  return `environment variable ${name}: found ${JSON.stringify(environment[name])}; ${issue.message}`;
}
