export { stage } from './stage.js';
export { study } from './study.js';
