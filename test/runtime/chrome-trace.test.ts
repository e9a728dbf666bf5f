import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { tf } from '../../models/tensorflow.js';
import { beginTrace, ChromeTrace, now } from '../../runtime/compute/chrome-trace.js';
import { TracedWork } from '../../runtime/compute/traced-work.js';

interface TraceEvent {
  name: string;
  ph: string;
  cat?: string;
  ts?: number;
  dur?: number;
  args?: Record<string, unknown>;
}

const folder = mkdtempSync(join(tmpdir(), 'crossover-trace-'));
afterAll(() => rmSync(folder, { recursive: true }));

const job = {
  kind: 'steer' as const,
  input: {
    run: 'a-run',
    pipeline: { sha256: '0'.repeat(64), bytes: 1, kind: 'json' as const },
    stage: 'vector',
    group: { model: 'm', task: 'capitals', seed: 1 },
  },
};

/** The format allows a list without its end. */
function eventsOf(file: string): TraceEvent[] {
  return JSON.parse(`${readFileSync(file, 'utf8').trimEnd().replace(/,$/, '')}]`);
}

function end({ ts = 0, dur = 0 }: TraceEvent): number {
  return ts + dur;
}

test('a job’s cells, phases and operations lie within one another', async () => {
  const file = join(folder, 'work.json');
  beginTrace(file);
  const traced = new TracedWork(file);
  await traced.job(job, async () => {
    traced.progress({ cell: 'capitals · N=2', phase: 'search', step: 0, of: 2 });
    tf.matMul(tf.ones([2, 3]), tf.ones([3, 4])).dispose();
    traced.progress({ cell: 'capitals · N=2', phase: 'search', step: 1, of: 2 });
    traced.progress({ cell: 'capitals · N=2', phase: 'test items', step: 0, of: 2 });
    traced.progress({ cell: 'capitals · N=8', phase: 'search', step: 0, of: 2 });
  });
  const events = eventsOf(file);
  const of = (category: string) => events.filter(({ cat }) => cat === category);
  expect(of('job')).toMatchObject([{ name: 'vector', args: { run: 'a-run', kind: 'steer', seed: 1 } }]);
  expect(of('cell').map(({ name }) => name)).toEqual(['capitals · N=2', 'capitals · N=8']);
  expect(of('phase').map(({ name }) => name)).toEqual(['search', 'test items', 'search']);
  const product = of('operation').find(({ name }) => /MatMul/.test(name));
  expect(product?.args).toEqual({ inputs: expect.stringContaining('[2,3]') });
  const [whole, cell, phase] = [of('job')[0], of('cell')[0], of('phase')[0]];
  for (const [outer, inner] of [
    [whole, cell],
    [cell, phase],
    [phase, product],
  ]) {
    if (outer === undefined || inner === undefined) throw new Error('an event is missing');
    // Whole microseconds: each end may be rounded by half of one.
    expect(inner.ts).toBeGreaterThanOrEqual((outer.ts ?? 0) - 1);
    expect(end(inner)).toBeLessThanOrEqual(end(outer) + 2);
  }
});

test('operations are bounded, jobs are not', () => {
  const file = join(folder, 'long.json');
  beginTrace(file);
  const trace = new ChromeTrace(file, 'a process');
  const at = now();
  for (let i = 0; i < 200_100; i++) trace.add({ name: 'Mul', category: 'operation', from: at, to: at });
  trace.add({ name: 'lora', category: 'job', from: at, to: at + 1 });
  trace.flush();
  const events = eventsOf(file);
  expect(events.filter(({ cat }) => cat === 'operation')).toHaveLength(199_999);
  expect(events.filter(({ ph }) => ph === 'i')).toHaveLength(1);
  expect(events.at(-1)).toMatchObject({ name: 'lora', dur: 1000 });
});
