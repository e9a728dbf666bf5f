import { CommandFailed, onPath, runCommand } from './command.mjs';

/** The oldest Temporal CLI whose development server has all that the workflows use. */
const oldest = [1, 4];

/** The `temporal` on PATH with its version, e.g. {path: '/usr/bin/temporal', version: '1.9.1'}; undefined when absent or too old. */
export async function temporalOnPath() {
  const path = await onPath('temporal');
  if (path === undefined) return undefined;
  const version = await versionOf(path);
  return version !== undefined && isRecent(version) ? { path, version } : undefined;
}

function isRecent(version) {
  const [major, minor] = version.split('.').map(Number);
  return major > oldest[0] || (major === oldest[0] && minor >= oldest[1]);
}

// Another program may be called `temporal` too; one that does not answer is simply not the CLI.
async function versionOf(path) {
  try {
    return /temporal version (\d+\.\d+\.\d+)/.exec(await runCommand(path, ['--version']))?.[1];
  } catch (error) {
    if (error instanceof CommandFailed) return undefined;
    throw error;
  }
}
