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

export function computePool(size: number, options: ComputeChildOptions): ComputePool {
  const children = Array.from({ length: size }, () => new ComputeChild(options));
  const idle = [...children];
  return {
    size,
    warm() {
      idle.at(-1)?.warm();
    },
    async run(job, runOptions) {
      const child = idle.pop();
      if (child === undefined)
        throw new Error(
          `all ${size} compute children are busy; the worker took more activities than it has children`,
        );
      try {
        return await child.run(job, runOptions);
      } finally {
        idle.push(child);
      }
    },
    pids: () => children.flatMap((child) => child.pid ?? []),
    close() {
      for (const child of children) child.close();
    },
  };
}
