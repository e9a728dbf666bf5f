import { CancelledFailure, WorkflowFailedError } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { readSettings } from '../settings.js';
import { openSession } from '../temporal-client.js';
import { closing, installRuntime, startWorkflowWorker } from '../worker.js';

const PATIENCE_MS = 60_000;

/** Cancels a study and waits until it has ended. A workflow worker is run meanwhile, in case no other is there to end it. */
export async function cancel(id: string): Promise<void> {
  const settings = readSettings(process.env, process.cwd());
  await using session = await openSession(settings);
  const handle = session.client.workflow.getHandle(id);
  await handle.cancel();
  installRuntime(settings);
  const connection = await NativeConnection.connect(session.server.connectionOptions);
  const worker = await startWorkflowWorker(settings, {
    connection,
    namespace: session.server.namespace,
  }).catch(closing(connection));
  const running = worker.run();
  try {
    process.stdout.write(`${await ending(handle.result())}\n`);
  } finally {
    worker.shutdown();
    await running;
    await connection.close();
  }
}

async function ending(result: Promise<unknown>): Promise<string> {
  const patience = new Promise<string>((resolve) =>
    setTimeout(
      () => resolve('cancellation is requested; a running cell is still ending'),
      PATIENCE_MS,
    ).unref(),
  );
  const ended = result.then(
    () => 'the study had already finished',
    (error: unknown) => {
      if (error instanceof WorkflowFailedError && error.cause instanceof CancelledFailure)
        return 'cancelled; what it computed is kept';
      throw error;
    },
  );
  return Promise.race([ended, patience]);
}
