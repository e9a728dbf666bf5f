import { fileURLToPath } from 'node:url';
import { computeEnvironment } from '../runtime/compute/environment.js';
import type { Precision } from '../runtime/settings.js';
import type { BenchContext } from './benchmark.js';
import { type Answer, Program } from './program.js';

/** One of our programs (`ours/<name>.ts`) or one of theirs (`peers/<name>.py`), with what it is asked. */
export interface Side {
  program: string;
  request: Record<string, unknown>;
}

interface Comparison {
  ours: Side;
  theirs: Side;
  /** What the first request asks for instead, where a whole one takes minutes. */
  warmUp?: Record<string, unknown>;
  /** Of our products; theirs is told by its request. */
  precision?: Precision;
}

export interface Turns {
  ours: Answer[];
  theirs: Answer[];
}

/**
 * Asks both sides in turn, so that both meet the same machine: once each to warm up, then `rounds` times each.
 * Programs stay alive meanwhile, and only one of them computes at a time.
 */
export async function interleaved(
  { ours, theirs, warmUp = {}, precision }: Comparison,
  context: BenchContext,
): Promise<Turns> {
  using mine = await ourProgram(ours.program, context, precision);
  using peer = await peerProgram(theirs.program, context);
  const turns: Turns = { ours: [], theirs: [] };
  for (let round = 0; round <= context.rounds; round++) {
    const asked = ({ request }: Side) => (round === 0 ? { ...request, ...warmUp } : request);
    const [a, b] = [await mine.ask(asked(ours)), await peer.ask(asked(theirs))];
    if (round === 0) continue;
    context.say(`  round ${round}: ${seconds(a)} against ${seconds(b)}`);
    turns.ours.push(a);
    turns.theirs.push(b);
  }
  return turns;
}

export function ourProgram(
  name: string,
  { threads }: Pick<BenchContext, 'threads'>,
  precision: Precision = 'float32',
): Promise<Program> {
  const module = fileURLToPath(new URL(`./ours/${name}.js`, import.meta.url));
  return Program.start(
    name,
    [process.execPath, module],
    computeEnvironment({
      device: 'cpu',
      threads,
      children: 1,
      precision,
      profile: undefined,
    }),
  );
}

export async function peerProgram(name: string, { threads, python }: BenchContext): Promise<Program> {
  const environment = { ...process.env, OMP_NUM_THREADS: String(threads), PYTHONDONTWRITEBYTECODE: '1' };
  const command = [await python(), peerFile(`${name}.py`), String(threads)];
  return Program.start(`${name}.py`, command, environment);
}

/** A file of the folder `peers`, which is not compiled. */
export function peerFile(name: string): string {
  return fileURLToPath(new URL(`../../benchmarks/peers/${name}`, import.meta.url));
}

function seconds({ seconds: taken }: Answer): string {
  return `${taken.toFixed(2)} s`;
}
