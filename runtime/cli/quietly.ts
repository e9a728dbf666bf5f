import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { createInterface } from 'node:readline';
import { computeEnvironment } from '../compute/environment.js';
import { readSettings } from '../settings.js';

const MARK = 'CROSSOVER_QUIET';

/** What libtensorflow says of itself on stderr before any setting of its log level counts. */
const CHATTER =
  /^WARNING: All log messages before absl|^[IW]\d{4} .*\.cc:\d+\]|^To enable the following instructions: /;

/**
 * Does work that loads TensorFlow into this process, in a copy of the command that has the environment of a compute child
 * and whose stderr is freed of the library's chatter: the copy does the work, the first process passes its output and
 * exit code on.
 */
export async function quietly(work: () => Promise<void>): Promise<void> {
  if (process.env[MARK] !== undefined) return work();
  const settings = readSettings(process.env, process.cwd());
  const copy = spawn(process.execPath, process.argv.slice(1), {
    env: { ...computeEnvironment({ ...settings, profile: undefined }), [MARK]: '1' },
    stdio: ['inherit', 'inherit', 'pipe'],
  });
  createInterface({ input: copy.stderr }).on('line', (line) => {
    if (!CHATTER.test(line)) process.stderr.write(`${line}\n`);
  });
  // The copy does the work: who ends this process means it.
  const onSignal = (name: NodeJS.Signals) => copy.kill(name);
  for (const name of PASSED_ON) process.on(name, onSignal);
  try {
    process.exitCode = await new Promise<number>((done, fail) => {
      copy.once('close', (code, name) => done(code ?? endedBy(name))).once('error', fail);
    });
  } finally {
    for (const name of PASSED_ON) process.off(name, onSignal);
  }
}

const PASSED_ON = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Exit code of a copy that a signal ended, as shells have it; says which. */
function endedBy(name: NodeJS.Signals | null): number {
  if (name === null) return 1;
  process.stderr.write(`ended by ${name}${name === 'SIGKILL' ? ' (out of memory?)' : ''}\n`);
  return 128 + constants.signals[name];
}
