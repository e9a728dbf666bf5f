/** A failure that the person at the terminal can act on: what went wrong, why, and what to do about it. */
export class SetupError extends Error {
  constructor({ what, why, todo, cause }) {
    super(what, { cause });
    this.name = 'SetupError';
    this.why = why;
    this.todo = todo;
  }
}

/** Several lines for the terminal: ✗ what, why, what to do. Unexpected errors keep their stack. */
export function describeFailure(error) {
  if (!(error instanceof SetupError)) {
    const disk = diskFailure(error);
    if (disk) return describeFailure(disk);
    return `✗ ${error?.stack ?? error}`;
  }
  return [`✗ ${error.message}`, indented('why:  ', error.why), indented('do:   ', error.todo)].join('\n');
}

/** Turns the file system's "full" and "forbidden" codes into a SetupError; undefined for anything else. */
function diskFailure(error) {
  const place = error?.path ?? error?.dest ?? 'the cache folder';
  if (error?.code === 'ENOSPC' || error?.code === 'EDQUOT') {
    return new SetupError({
      what: `The disk is full: could not write ${place}.`,
      why: 'The first set-up needs about 1.6 GB for a while and 1.2 GB afterwards.',
      todo: 'Free some space, or set CROSSOVER_CACHE to a folder on a larger disk, then run the command again.',
      cause: error,
    });
  }
  if (error?.code === 'EACCES' || error?.code === 'EPERM' || error?.code === 'EROFS') {
    return new SetupError({
      what: `Not allowed to write ${place} (${error.code}).`,
      why: 'The folder belongs to another user, or the disk is read-only.',
      todo: 'Correct the permissions, or set CROSSOVER_CACHE to a folder of your own, then run the command again.',
      cause: error,
    });
  }
  return undefined;
}

function indented(label, text) {
  const lines = text.trimEnd().split('\n');
  return lines.map((line, index) => `  ${index === 0 ? label : ' '.repeat(label.length)}${line}`).join('\n');
}
