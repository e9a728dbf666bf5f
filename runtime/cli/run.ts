import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { NativeConnection } from '@temporalio/worker';
import { runName } from '../../activities/plan.js';
import { InvalidInput } from '../../schemas/invalid-input.js';
import type { Pipeline } from '../../schemas/pipeline.js';
import { windowFor } from '../../workflows/policies.js';
import type { StudyOutcome } from '../../workflows/study.js';
import { fittingChildren } from '../children.js';
import { readSettings, type Settings } from '../settings.js';
import { preflightSources } from '../sources.js';
import { type StudyHandle, startStudy } from '../study.js';
import { grpcCodeOf, grpcCodes } from '../temporal/grpc-code.js';
import { ensureServer, type ServerHandle } from '../temporal/server.js';
import { openSession, type TemporalSession, workflowPage } from '../temporal-client.js';
import { closing, installRuntime, type StudyWorker, startStudyWorker } from '../worker.js';
import { Interrupted, interruption } from './interruption.js';
import { type ProgressView, progressView } from './progress-view.js';
import { answerOf } from './report.js';
import { studyFailure } from './study-failure.js';
import { checkedPipeline } from './validate.js';
import { snapshot } from './watch.js';

const POLL_MS = 1000;

/**
 * Runs a study to its report: checks the pipeline, finds or starts a server, works on it in this process and shows how
 * it goes. Interrupting leaves the study on the server, and the same command goes on with it.
 */
export async function run(
  text: string,
  { id, worker: withWorker, profile }: { id?: string; worker: boolean; profile?: string },
): Promise<void> {
  const environment = readSettings(process.env, process.cwd());
  const sources = preflightSources(environment, process.cwd());
  const pipeline = await checkedPipeline(text, sources);
  const children = await fittingChildren(pipeline, environment, sources);
  const settings = profiled(readSettings(process.env, process.cwd(), { children }), { profile, withWorker });
  const workflowId = id ?? runName(pipeline);
  const view = progressView(process.stderr);
  await using session = await openSession(settings);
  view.say(`Temporal  ${session.server.address}${session.server.started ? ' (started)' : ''}`);
  // Before the study: one whose worker cannot start would stay on the server with nobody at work.
  const worker = withWorker ? await localWorker(settings, session.server, pipeline) : undefined;
  try {
    const { handle, joined } = await startStudy(session.client, {
      workflowId,
      pipeline,
      device: settings.device,
      ...(worker !== undefined && { window: windowFor(settings.children) }),
    });
    view.say(`Study     ${workflowId}${joined ? ' (going on)' : ''}`);
    const page = workflowPage(session.server, workflowId);
    if (page !== undefined) view.say(`History   ${page}`);
    const outcome = await watched({ session, handle, view, settings, worker });
    process.stdout.write(`${closingWords(outcome, settings)}\n`);
    if (profile !== undefined)
      process.stdout.write(`profile ${profile} (open it at https://ui.perfetto.dev)\n`);
    if (outcome.failed > 0) process.exitCode = 1;
  } finally {
    await worker?.end();
  }
}

/** @throws InvalidInput when this process computes nothing that could be written down */
function profiled(
  settings: Settings,
  { profile, withWorker }: { profile: string | undefined; withWorker: boolean },
): Settings {
  if (profile === undefined) return settings;
  if (!withWorker)
    throw new InvalidInput(
      '--profile and --no-worker: other workers do the work; start one with CROSSOVER_PROFILE=<file> instead',
    );
  return { ...settings, profile: resolve(profile) };
}

interface LocalWorker extends StudyWorker {
  /** Rejects when a worker fails; never resolves before `end`. */
  running: Promise<void>;
  end: () => Promise<void>;
}

async function localWorker(
  settings: Settings,
  server: ServerHandle,
  checked: Pipeline,
): Promise<LocalWorker> {
  installRuntime(settings);
  const connection = await NativeConnection.connect(server.connectionOptions);
  const worker = await startStudyWorker(settings, {
    connection,
    namespace: server.namespace,
    checked,
  }).catch(closing(connection));
  const running = worker.run();
  running.catch(() => undefined);
  return {
    ...worker,
    running,
    async end() {
      worker.stop();
      await running.catch(() => undefined);
      await connection.close();
    },
  };
}

interface Watching {
  session: TemporalSession;
  handle: StudyHandle;
  view: ProgressView;
  settings: Settings;
  worker: LocalWorker | undefined;
}

/** Shows progress until the study ends, the worker fails or a person interrupts. */
async function watched({ session, handle, view, settings, worker }: Watching): Promise<StudyOutcome> {
  const done = new AbortController();
  const interrupted = interruption(done.signal);
  const polling = poll({ session, handle, view, settings }, done.signal);
  try {
    const workerEnd =
      worker === undefined
        ? []
        : [
            worker.running.then(() =>
              Promise.reject(
                new Error('the worker stopped before the study was done; run the command again'),
              ),
            ),
          ];
    return await Promise.race([patientResult(handle, done.signal), interrupted, polling, ...workerEnd]);
  } catch (error) {
    if (!(error instanceof Interrupted)) throw await studyFailure(error, handle.workflowId);
    view.end();
    view.say(
      `Interrupted. What is computed is kept. The same command goes on; \`crossover cancel ${handle.workflowId}\` ends it.`,
    );
    throw error;
  } finally {
    done.abort();
    // The last question must be answered before the connection closes; it is not waited for long.
    await Promise.race([polling.catch(() => undefined), delay(3 * POLL_MS, undefined, { ref: false })]);
    view.end();
  }
}

/** The study's result, asked for again as long as the server is away. */
async function patientResult(handle: StudyHandle, signal: AbortSignal): Promise<StudyOutcome> {
  for (;;) {
    try {
      return await handle.result();
    } catch (error) {
      if (!isServerAway(error) || signal.aborted) throw error;
      await delay(POLL_MS);
    }
  }
}

function isServerAway(error: unknown): boolean {
  const code = grpcCodeOf(error);
  return code !== undefined && AWAY.has(code);
}

/** A server that is gone, starting, or slow to answer. */
const AWAY: ReadonlySet<number> = new Set([
  grpcCodes.CANCELLED,
  grpcCodes.DEADLINE_EXCEEDED,
  grpcCodes.UNAVAILABLE,
]);

/**
 * Never resolves: ends by the signal. A server of our own that went away is started again, one that somebody else runs is
 * waited for; everything else about it is durable.
 */
async function poll(
  { session, handle, view, settings }: Omit<Watching, 'worker'>,
  signal: AbortSignal,
): Promise<never> {
  let silentSince: number | undefined;
  let toldOf = false;
  for (;;) {
    await delay(POLL_MS, undefined, { signal });
    try {
      view.update(await snapshot(session.client, handle));
      if (toldOf) view.say(`The Temporal server at ${session.server.address} answers again.`);
      toldOf = false;
      silentSince = undefined;
    } catch {
      // Between a worker's start and its first answer, or while the server is away, there is nothing to show.
      silentSince ??= Date.now();
      if (Date.now() - silentSince < 5 * POLL_MS) continue;
      if (session.server.configured) {
        if (!toldOf)
          view.say(`The Temporal server at ${session.server.address} does not answer; waiting for it.`);
        toldOf = true;
      } else await serverStartedAgain({ session, view, settings });
      silentSince = undefined;
    }
  }
}

/** @throws Error when it is at another address: this command would wait for the old one for ever */
async function serverStartedAgain({
  session,
  view,
  settings,
}: Pick<Watching, 'session' | 'view' | 'settings'>): Promise<void> {
  const { address, started } = await ensureServer({
    state: settings.state,
    cache: settings.cache,
    environment: process.env,
  });
  if (address !== session.server.address)
    throw new Error(
      `the Temporal server was at ${session.server.address}, is gone, and the one found or started now is at ${address}; run the command again`,
    );
  if (started) view.say('The Temporal server was gone and is started again; the study goes on.');
}

function closingWords({ run, computed, cached, failed }: StudyOutcome, { runs }: Settings): string {
  const cells = computed + cached + failed;
  const spent =
    computed + failed === 0
      ? `Nothing was computed: all ${cells} cells were in the store.`
      : `${computed} cells computed, ${cached} found in the store${failed > 0 ? `, ${failed} FAILED` : ''}.`;
  return `\n${answerOf(join(runs, run))}\n\n${spent}`;
}
