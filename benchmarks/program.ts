import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';

/** One side of a comparison: a process that answers lines of JSON, so that two of them can take turns. */
export class Program implements Disposable {
  readonly #child: ChildProcess;
  readonly #lines: Interface;
  readonly #name: string;
  readonly #complaints: string[] = [];
  #waiting: Waiting | undefined;

  private constructor(
    name: string,
    [command = '', ...args]: readonly string[],
    environment: NodeJS.ProcessEnv,
  ) {
    this.#name = name;
    this.#child = spawn(command, args, { env: environment, stdio: ['pipe', 'pipe', 'pipe'] });
    if (this.#child.stdout === null) throw new Error(`${name} has no output`);
    this.#lines = createInterface(this.#child.stdout);
    this.#lines.on('line', (line) => {
      // Libraries print there, too; an answer is an object.
      if (line.startsWith('{')) this.#settle((waiting) => waiting.resolve(line));
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => this.#complaints.push(text));
    this.#child.once('error', (error) => this.#settle(({ reject }) => reject(error)));
    this.#child.once('exit', (code) => {
      const last = this.#complaints.join('').slice(-2000);
      this.#settle(({ reject }) => reject(new Error(`${name} ended with ${code}: ${last}`)));
    });
  }

  /** Starts a program and waits until it is ready. */
  static async start(
    name: string,
    command: readonly string[],
    environment: NodeJS.ProcessEnv,
  ): Promise<Program> {
    const program = new Program(name, command, environment);
    await program.#next();
    return program;
  }

  /** Asks once, and waits for the answer. */
  async ask(request: unknown): Promise<Answer> {
    const answer = this.#next();
    this.#child.stdin?.write(`${JSON.stringify(request)}\n`);
    return JSON.parse(await answer);
  }

  [Symbol.dispose](): void {
    this.#lines.close();
    this.#child.kill();
  }

  #next(): Promise<string> {
    if (this.#child.exitCode !== null) throw new Error(`${this.#name} has ended`);
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
  }

  #settle(how: (waiting: Waiting) => void): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting !== undefined) how(waiting);
  }
}

interface Waiting {
  resolve: (line: string) => void;
  reject: (error: Error) => void;
}

/** What a program says of one run. */
export interface Answer {
  seconds: number;
  peakBytes: number;
  [further: string]: unknown;
}
