import type { EnvironmentName } from '../../schemas/task.js';
import { type World, worldOf } from './environment.js';
import { formFilling } from './form-filling.js';
import { gridWorld } from './grid-world.js';
import { retailDesk } from './retail-desk.js';

/** Every environment by the name that a task file gives it. */
export const worlds: Record<EnvironmentName, World> = {
  'grid-world': worldOf(gridWorld),
  'form-filling': worldOf(formFilling),
  'retail-desk': worldOf(retailDesk),
};
