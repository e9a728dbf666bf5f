import { appendFileSync, writeFileSync } from 'node:fs';

/** A stretch of work; times in milliseconds since the epoch. */
export interface Span {
  name: string;
  category: 'job' | 'cell' | 'phase' | 'operation';
  from: number;
  to: number;
  facts?: Record<string, unknown>;
}

/** Operations written down; those of a long study would fill a disk. Jobs, cells and phases are always written. */
const MOST_OPERATIONS = 200_000;

const EVENTS_AT_ONCE = 2000;

/**
 * What a process spends its time on, in the Trace Event Format that Perfetto and chrome://tracing open. Processes append
 * to one file, whole lines at a time; the format allows a list without its end.
 */
export class ChromeTrace {
  readonly #file: string;
  readonly #lines: string[] = [];
  #operations = 0;

  constructor(file: string, processName: string) {
    this.#file = file;
    this.#line({ ph: 'M', name: 'process_name', args: { name: processName } });
    this.flush();
  }

  add({ name, category, from, to, facts = {} }: Span): void {
    if (category === 'operation' && !this.#hasRoom(from)) return;
    const times = { ts: Math.round(from * 1000), dur: Math.round((to - from) * 1000) };
    this.#line({ ph: 'X', name, cat: category, ...times, args: facts });
  }

  flush(): void {
    if (this.#lines.length === 0) return;
    appendFileSync(this.#file, this.#lines.join(''));
    this.#lines.length = 0;
  }

  #hasRoom(at: number): boolean {
    this.#operations += 1;
    if (this.#operations === MOST_OPERATIONS) {
      const name = `${MOST_OPERATIONS} operations are written down; from here on only jobs, cells and phases`;
      this.#line({ ph: 'i', s: 'p', name, ts: Math.round(at * 1000) });
    }
    return this.#operations < MOST_OPERATIONS;
  }

  #line(event: Record<string, unknown>): void {
    this.#lines.push(`${JSON.stringify({ pid: process.pid, tid: process.pid, ...event })},\n`);
    if (this.#lines.length >= EVENTS_AT_ONCE) this.flush();
  }
}

/** Begins the file that traces are appended to. */
export function beginTrace(file: string): void {
  writeFileSync(file, '[\n');
}

/** Milliseconds since the epoch, to the microsecond, the same clock in all processes. */
export function now(): number {
  return performance.timeOrigin + performance.now();
}
