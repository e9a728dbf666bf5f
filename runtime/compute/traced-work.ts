import { observeOperations } from '../../models/tensorflow.js';
import type { Progress } from '../../schemas/stages.js';
import { ChromeTrace, now } from './chrome-trace.js';
import type { Job } from './messages.js';

/** Writes down what a compute child does: its jobs, their cells and phases, and the operations these are made of. */
export class TracedWork {
  readonly #trace: ChromeTrace;
  #cell: { name: string; from: number } | undefined;
  #phase: { name: string; from: number } | undefined;

  constructor(file: string) {
    this.#trace = new ChromeTrace(file, `compute child ${process.pid}`);
    observeOperations(({ name, milliseconds, inputs }) => {
      const to = now();
      const shapes = inputs.map((shape) => `[${shape}]`).join(' ');
      this.#trace.add({
        name,
        category: 'operation',
        from: to - milliseconds,
        to,
        facts: { inputs: shapes },
      });
    });
  }

  async job<T>({ kind, input }: Job, work: () => Promise<T>): Promise<T> {
    const from = now();
    try {
      return await work();
    } finally {
      this.#endCell();
      const facts = { run: input.run, kind, ...input.group };
      this.#trace.add({ name: input.stage, category: 'job', from, to: now(), facts });
      this.#trace.flush();
    }
  }

  progress({ cell, phase }: Progress): void {
    if (this.#cell?.name !== cell) {
      this.#endCell();
      this.#cell = { name: cell, from: now() };
    }
    if (this.#phase?.name === phase) return;
    this.#endPhase();
    this.#phase = { name: phase, from: now() };
  }

  #endPhase(): void {
    if (this.#phase !== undefined) this.#trace.add({ ...this.#phase, category: 'phase', to: now() });
    this.#phase = undefined;
  }

  #endCell(): void {
    this.#endPhase();
    if (this.#cell !== undefined) this.#trace.add({ ...this.#cell, category: 'cell', to: now() });
    this.#cell = undefined;
  }
}
