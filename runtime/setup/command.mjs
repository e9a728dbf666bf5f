import { spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

/** A program that could not be started or ended badly; `output` is everything that it printed. */
export class CommandFailed extends Error {
  constructor(command, reason, output) {
    super(`${command} ${reason}`);
    this.name = 'CommandFailed';
    this.output = output;
  }
}

// Ends the whole process group when descriptor 3 closes without a word, be it by an abort or because the process that holds its other end was killed.
const guarded =
  '(trap "" TERM; read -r _ <&3 || { kill -TERM 0; sleep 2; kill -KILL 0; }) >/dev/null 2>&1 & exec "$@" 3<&-';

/**
 * Runs a program and resolves to what it printed on standard output.
 * It and what it starts itself (make, c++) are a process group that ends with the abort, and with this process even when that is killed.
 * @throws CommandFailed on a missing program, a non-zero exit code or a signal
 */
export function runCommand(command, args, { cwd, env = process.env, input = '', signal } = {}) {
  signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    const stdio = ['pipe', 'pipe', 'pipe', 'pipe'];
    const child = spawn('/bin/sh', ['-c', guarded, 'sh', command, ...args], {
      cwd,
      env,
      stdio,
      detached: true,
    });
    child.on('exit', () => child.stdio[3].end('ended\n'));
    child.stdio[3].on('error', () => {}); // the guard is gone already
    const output = [];
    const all = [];
    child.stdout.on('data', (chunk) => {
      output.push(chunk);
      all.push(chunk);
    });
    child.stderr.on('data', (chunk) => all.push(chunk));
    child.stdin.on('error', () => {}); // a program that ends without reading its input is judged by its exit code
    child.stdin.end(input);
    const stop = () => child.stdio[3].destroy();
    signal?.addEventListener('abort', stop, { once: true });
    child.on('error', (error) =>
      reject(new CommandFailed(command, `could not be started (${error.code})`, '')),
    );
    child.on('close', (code, killedBy) => {
      signal?.removeEventListener('abort', stop);
      if (signal?.aborted) return reject(signal.reason);
      if (code === 0) return resolve(Buffer.concat(output).toString('utf8'));
      const reason = killedBy ? `was ended by ${killedBy}` : `ended with exit code ${code}`;
      const printed = Buffer.concat(all).toString('utf8');
      reject(new CommandFailed([command, ...args].join(' '), reason, printed));
    });
  });
}

/** The first executable called `name` in the folders of PATH; undefined when there is none. */
export async function onPath(name, path = process.env.PATH ?? '') {
  for (const folder of path.split(delimiter)) {
    const candidate = join(folder, name);
    if (await isExecutable(candidate)) return candidate;
  }
  return undefined;
}

/** The last 12 lines of what a failed program printed, or that it printed nothing. */
export function lastLines({ message, output }) {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  return lines.slice(-12).join('\n') || message;
}

async function isExecutable(path) {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch (error) {
    if (['ENOENT', 'EACCES', 'ENOTDIR'].includes(error.code)) return false;
    throw error;
  }
}
