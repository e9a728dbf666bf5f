import { printable } from '../printable.js';
import { taskFiles } from './known-tasks.js';

/** Prints names, types, licences and descriptions of the tasks there are. */
export async function list(): Promise<void> {
  const files = await taskFiles();
  const width = Math.max(...files.map(({ name }) => name.length));
  for (const { name, parts, described } of files) {
    const { type, licence, description } = described;
    const several = parts.length > 1 ? ` (${parts.join(', ')})` : '';
    process.stdout.write(
      `${name.padEnd(width)}  ${type.padEnd(10)}  ${licence.padEnd(14)}  ${printable(description)}${several}\n`,
    );
  }
}
