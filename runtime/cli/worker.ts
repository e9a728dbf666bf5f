import { NativeConnection } from '@temporalio/worker';
import { computeQueue } from '../../workflows/policies.js';
import { readSettings } from '../settings.js';
import { ensureServer } from '../temporal/server.js';
import { closing, installRuntime, STUDY_QUEUE, startStudyWorker } from '../worker.js';
import { Interrupted, interruption } from './interruption.js';

/** Runs a worker until it is interrupted. */
export async function worker(): Promise<void> {
  const settings = readSettings(process.env, process.cwd());
  const server = await ensureServer({
    state: settings.state,
    cache: settings.cache,
    environment: process.env,
  });
  installRuntime(settings);
  const connection = await NativeConnection.connect(server.connectionOptions);
  const study = await startStudyWorker(settings, { connection, namespace: server.namespace }).catch(
    closing(connection),
  );
  const running = study.run();
  process.stdout.write(
    `worker ready on ${server.address}, namespace ${server.namespace}: queues ${STUDY_QUEUE} and ${computeQueue(settings.device)}, ${settings.children} compute child(ren) of ${settings.threads} thread(s)\n`,
  );
  const done = new AbortController();
  try {
    await Promise.race([running, interruption(done.signal)]);
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    process.stdout.write('worker stopping; studies stay on the server\n');
  } finally {
    done.abort();
    study.stop();
    await running;
    await connection.close();
  }
}
