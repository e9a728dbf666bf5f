/** An object that a reference names is not in the store. The cell that made it has to be computed again. */
export class MissingObject extends Error {
  override readonly name = 'MissingObject';
  constructor(
    readonly sha256: string,
    readonly place: string,
  ) {
    super(
      `object ${sha256} is not in the store (looked at ${place}); compute again what made it, or point to the store that has it`,
    );
  }
}

/** An object’s bytes are not those its name promises. They were moved to `quarantine`, so the object now counts as missing. */
export class CorruptObject extends Error {
  override readonly name = 'CorruptObject';
  constructor(
    readonly sha256: string,
    readonly found: { sha256: string; bytes: number },
    readonly quarantine: string,
  ) {
    super(
      `object ${sha256} is corrupt: its ${found.bytes} bytes have SHA-256 ${found.sha256}; moved to ${quarantine}. ` +
        'Compute again what made it; when this repeats, check the disk.',
    );
  }
}

/** A pointer exists but does not hold JSON. */
export class CorruptPointer extends Error {
  override readonly name = 'CorruptPointer';
  constructor(
    readonly pointer: string,
    readonly place: string,
    options: { cause: unknown },
  ) {
    super(`pointer "${pointer}" does not hold JSON (${place}); writing it again repairs it`, options);
  }
}

/** The storage itself refused: full, read-only, failing, unreachable. Nothing was published. */
export class StorageFailure extends Error {
  override readonly name = 'StorageFailure';
  /** Whether trying again may help. */
  readonly retryable: boolean;
  constructor(
    readonly code: string,
    message: string,
    { cause, retryable = true }: { cause: unknown; retryable?: boolean },
  ) {
    super(message, { cause });
    this.retryable = retryable;
  }
}
