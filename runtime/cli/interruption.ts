/** A person pressed Ctrl-C, or the process was asked to end. */
export class Interrupted extends Error {
  override name = 'Interrupted';
}

/** Rejects with Interrupted at the first SIGINT or SIGTERM, until `until` is aborted; a second one ends the process at once. */
export function interruption(until: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const onSignal = () => {
      for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => process.exit(130));
      reject(new Interrupted('interrupted'));
    };
    process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
    until.addEventListener('abort', () => process.off('SIGINT', onSignal).off('SIGTERM', onSignal), {
      once: true,
    });
  });
}
