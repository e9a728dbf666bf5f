import type { StoreDefect } from '../../artifacts/store.js';
import { openStore } from '../open-store.js';
import { readSettings } from '../settings.js';

/** Prints a line for every defect of the store; the exit code is 1 when there is one. */
export async function verify(): Promise<void> {
  const settings = readSettings(process.env, process.cwd());
  let defects = 0;
  for await (const defect of openStore(settings).verify()) {
    defects += 1;
    process.stdout.write(`${defectLine(defect)}\n`);
  }
  process.stdout.write(`${settings.store}: ${defects === 0 ? 'whole' : `${defects} defects`}\n`);
  if (defects > 0) process.exitCode = 1;
}

function defectLine(found: StoreDefect): string {
  switch (found.defect) {
    case 'corrupt':
      return `corrupt     ${found.place}: its ${found.found.bytes} bytes have SHA-256 ${found.found.sha256}; the next read moves it away, and what made it is computed again`;
    case 'missing':
      return `missing     object ${found.sha256}, which ${found.referrer} names`;
    case 'unreadable':
      return `unreadable  pointer ${found.pointer}: ${found.reason}`;
    case 'abandoned':
      return `abandoned   ${found.place}: ${found.bytes} bytes that a killed writer left; it may be removed`;
  }
}
