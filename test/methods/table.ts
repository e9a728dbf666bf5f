import { methodNamed } from '../../methods/catalog.js';
import type { Method, Part, Workbench } from '../../methods/method.js';
import type { EncodedItem } from '../../models/batch.js';

/** Options of every method on tiny-llama, three blocks of 48 channels; four trials each. A method that is not here fails its laws. */
export interface Row {
  options: object;
  /** Options that ask for nothing: the base model. Trained methods have their fresh starts instead. */
  nothing?: object;
  /** Of a combination: its steering and fine-tuning parts. */
  parts?: readonly [string, string];
}

const training = { epochs: 1, min_steps: 4, batch: 4 };
const rates = (...learning_rates: number[]) => ({ learning_rates, checkpoints: [0.5, 1] });
const along = { search: { layers: [0, [0, 1]], coefficients: [0.5, 2] } };
const alongNothing = { search: { layers: [1], coefficients: [0] } };
const lora = { ...training, rank: 2, targets: ['q_proj', 'down_proj'], layers: [1, 2] };
const edit = { ...training, rank: 2, layers: [0, 2], positions: { first: 2, last: 1 } };

export const rows: Record<string, Row> = {
  'prompt instruction': { options: { search: { instructions: ['do', 'try', 'see', 'say'] } } },
  'prompt few-shot': { options: { separator: '.', search: { orders: 2, shares: [0.5, 1] } } },
  'steer mean-difference': { options: along, nothing: alongNothing },
  'steer random-direction': { options: along, nothing: alongNothing },
  'steer pca': { options: { ...along, operator: 'ablate-then-add' }, nothing: alongNothing },
  'steer logistic-probe': {
    options: { ...along, operator: 'ablate', positions: 'after-prompt' },
    nothing: alongNothing,
  },
  'steer conditional': { options: along, nothing: alongNothing },
  'steer trained-vector': {
    options: { ...training, positions: 'after-prompt', search: { layers: [0, [1, 2]], ...rates(0.05) } },
  },
  'steer preference-vector': { options: { ...training, search: { layers: [1, 2], ...rates(0.05) } } },
  'steer loreft': { options: { ...edit, search: rates(0.02, 0.05) } },
  'steer direft': { options: { ...edit, positions: 'last', search: rates(0.02, 0.05) } },
  'finetune bitfit': { options: { ...training, targets: ['o_proj', 'up_proj'], search: rates(0.02, 0.05) } },
  'finetune lora': { options: { ...lora, search: rates(0.01, 0.03) } },
  'finetune weight-steering': {
    options: { ...lora, search: { learning_rates: [0.02], strengths: [0.5, 1, 2, 4] } },
    nothing: { ...lora, search: { learning_rates: [0.02], strengths: [0] } },
  },
  'finetune full': { options: { ...training, search: rates(0.001, 0.003) } },
  'combine finetune-then-steer': { options: { vector: 'tuned' }, parts: ['mean-difference', 'lora'] },
  'combine steer-then-finetune': { options: { at_test: 'kept' }, parts: ['mean-difference', 'lora'] },
  'combine joint': { options: { ...training, search: rates(0.02) }, parts: ['trained-vector', 'lora'] },
  'combine split-data': { options: { vector: 'base' }, parts: ['trained-vector', 'bitfit'] },
};

export function nameOf({ kind, name }: Method): string {
  return `${kind} ${name}`;
}

/** A bench with the parts that a row's combination combines, each made of the same items. */
export function withParts(bench: Workbench, items: readonly EncodedItem[], { parts }: Row): Workbench {
  const kinds = ['steer', 'finetune'] as const;
  const made = (parts ?? []).map((name, index): Part => {
    const kind = kinds[index] ?? 'steer';
    const method = methodNamed(kind, name);
    const options = method?.options.parse(rows[`${kind} ${name}`]?.options);
    if (method === undefined) throw new Error(`no ${kind} method ${name}`);
    return { method, options, finished: () => method.fit(bench, items, options) };
  });
  return { ...bench, parts: made };
}
