import { stageActivity } from '../../activities/stage-activity.js';
import { isRetryable } from '../../schemas/retryable.js';
import type { Progress } from '../../schemas/stages.js';
import { readSettings } from '../settings.js';
import { computeContext } from './context.js';
import type { ChildMessage, Job, JobFailure } from './messages.js';
import { TracedWork } from './traced-work.js';

/** The compute child: holds TensorFlow and the loaded models, and does one job at a time. */
async function main(): Promise<void> {
  const settings = readSettings(process.env, process.cwd());
  // The parent is gone, and with it whoever wanted the result; finished cells are in the store.
  process.on('disconnect', () => process.exit(0));
  const context = await computeContext(settings);
  const traced = settings.profile === undefined ? undefined : new TracedWork(settings.profile);
  process.on('message', (job: Job) => void work(job));
  send({ type: 'ready' });

  async function work(job: Job): Promise<void> {
    const tell = seldom((progress) => send({ type: 'progress', progress }));
    const onProgress = (progress: Progress) => {
      traced?.progress(progress);
      tell(progress);
    };
    const compute = () => stageActivity(job.kind, job.input, { ...context, onProgress });
    try {
      const result = await (traced?.job(job, compute) ?? compute());
      send({ type: 'done', result, residentBytes: process.memoryUsage.rss() });
    } catch (error) {
      send({ type: 'failed', failure: describe(error), residentBytes: process.memoryUsage.rss() });
    }
  }
}

const PROGRESS_MS = 100;

/** Passes on every new phase, and of the steps of one phase as many as somebody can read. */
function seldom(tell: (progress: Progress) => void): (progress: Progress) => void {
  let told: { at: number; phase: string } | undefined;
  return (progress) => {
    const now = performance.now();
    const phase = `${progress.cell} ${progress.phase}`;
    if (told?.phase === phase && now - told.at < PROGRESS_MS) return;
    told = { at: now, phase };
    tell(progress);
  };
}

function send(message: ChildMessage): void {
  process.send?.(message);
}

function describe(error: unknown): JobFailure {
  if (!(error instanceof Error))
    return { name: 'Error', message: String(error), stack: undefined, retryable: false };
  return { name: error.name, message: error.message, stack: error.stack, retryable: isRetryable(error) };
}

await main();
