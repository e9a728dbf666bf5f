import { createInterface } from 'node:readline';

/** Answers every line of standard input, a JSON request, with a line of JSON: our side of a comparison. */
export async function serve<R>(run: (request: R) => Promise<object>): Promise<void> {
  say({ ready: true });
  for await (const line of createInterface(process.stdin)) say(await run(JSON.parse(line)));
}

export function peakBytes(): number {
  return process.resourceUsage().maxRSS * 1024;
}

/** Seconds that some work took, with its result. */
export async function timed<T>(work: () => Promise<T>): Promise<{ seconds: number; result: T }> {
  const start = performance.now();
  const result = await work();
  return { seconds: (performance.now() - start) / 1000, result };
}

function say(message: object): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}
