import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { becomes } from '../../runtime/temporal/probe.js';
import { isAlive } from '../../runtime/temporal/server-record.js';
import { command, finished } from './study-folder.js';

const dist = resolve(import.meta.dirname, '../../dist/runtime/cli/quietly.js');
const folder = mkdtempSync(join(tmpdir(), 'crossover-quietly-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A command whose copy says its process number and then works for a minute. */
const long = join(folder, 'long.mjs');
writeFileSync(
  long,
  `import { quietly } from ${JSON.stringify(dist)};
await quietly(async () => {
  process.stdout.write(process.pid + '\\n');
  await new Promise((done) => setTimeout(done, 60_000));
});
`,
);

async function begun(): Promise<{ parent: ChildProcess; copy: number; ended: ReturnType<typeof finished> }> {
  const parent = spawn(process.execPath, [long], { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = finished(parent);
  if (parent.stdout === null) throw new Error('expected a pipe');
  const [first] = await once(parent.stdout, 'data');
  return { parent, copy: Number(first), ended };
}

describe('a command that works in a copy of itself', () => {
  it.each(['SIGTERM', 'SIGHUP'] as const)('passes %s on', async (name) => {
    const { parent, copy, ended } = await begun();
    parent.kill(name);
    const { code, errors } = await ended;
    expect(errors).toBe(`ended by ${name}\n`);
    expect(code).toBe(name === 'SIGTERM' ? 143 : 129);
    expect(await becomes(async () => !isAlive(copy), 5_000)).toBe(true);
  });

  it('says when the copy was killed, for want of memory perhaps', async () => {
    const { copy, ended } = await begun();
    process.kill(copy, 'SIGKILL');
    expect(await ended).toMatchObject({ code: 137, errors: 'ended by SIGKILL (out of memory?)\n' });
  });
});

it('a reader that has seen enough ends a command without a word', async () => {
  const child = spawn(process.execPath, [command, 'methods', '--json'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout?.destroy();
  let errors = '';
  child.stderr?.on('data', (chunk) => (errors += chunk));
  await once(child, 'exit');
  expect(errors).toBe('');
});
