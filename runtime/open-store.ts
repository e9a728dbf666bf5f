import { folderStore } from '../artifacts/folder-store.js';
import type { Store } from '../artifacts/store.js';
import { InvalidInput } from '../schemas/invalid-input.js';
import type { Settings } from './settings.js';

/** The artifact store that the settings name. */
export function openStore({ store }: Settings): Store {
  if (store.startsWith('s3://')) throw new InvalidInput(`CROSSOVER_STORE=${store}: expected a folder`);
  return folderStore(store);
}
