import type { GroupResult } from '../../schemas/stages.js';
import { ComputeChild, type ComputeChildOptions } from './compute-child.js';
import type { Job } from './messages.js';

/** A fixed number of compute children; a job takes an idle one. */
export interface ComputePool {
  readonly size: number;
  /** Starts the child that takes the first job before there is one; two at once would slow each other's start down. */
  warm(): void;
  run(job: Job, options: Parameters<ComputeChild['run']>[1]): Promise<GroupResult>;
  /** Process ids of the living children. */
  pids(): number[];
  close(): void;
}

/** For so long a job waits for a child that works before another one is started: results that are found take less. */
const PATIENCE_MS = 300;

export function computePool(size: number, options: ComputeChildOptions): ComputePool {
  const children = Array.from({ length: size }, () => new ComputeChild(options));
  const idle = [...children];
  const waiting: (() => void)[] = [];
  const isAlive = (child: ComputeChild) => child.pid !== undefined;
  const isAnyStarting = () => children.some(({ isStarting }) => isStarting);

  /** The idle child that is alive, the last one to have worked; any idle one when none becomes idle in time. */
  async function taken(signal: AbortSignal): Promise<ComputeChild> {
    let end = performance.now() + PATIENCE_MS;
    while (!idle.some(isAlive) && children.some(isAlive) && performance.now() < end && !signal.aborted) {
      const wasStarting = isAnyStarting();
      await nextIdle(end - performance.now());
      // Two that start at once would slow each other down: the wait for work begins when a start is seen to be over.
      if (wasStarting || isAnyStarting()) end = performance.now() + PATIENCE_MS;
    }
    const place = idle.findLastIndex(isAlive);
    const [child] = idle.splice(place, 1); // -1 is the last one
    if (child !== undefined) return child;
    throw new Error(
      `all ${size} compute children are busy; the worker took more activities than it has children`,
    );
  }

  function nextIdle(withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        resolve();
      };
      // Who has waited long enough takes no more calls that are for others.
      const timer = setTimeout(() => {
        waiting.splice(waiting.indexOf(wake), 1);
        resolve();
      }, withinMs);
      waiting.push(wake);
    });
  }

  return {
    size,
    warm() {
      idle.at(-1)?.warm();
    },
    async run(job, runOptions) {
      const child = await taken(runOptions.signal);
      try {
        return await child.run(job, runOptions);
      } finally {
        idle.push(child);
        waiting.shift()?.();
      }
    },
    pids: () => children.flatMap((child) => child.pid ?? []),
    close() {
      for (const child of children) child.close();
    },
  };
}
