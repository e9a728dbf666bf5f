import { z } from 'zod';
import type { EncodedItem } from '../../models/batch.js';
import { plus } from '../../models/compute-meter.js';
import { NonFinite } from '../../models/non-finite.js';
import { withStrength } from '../../models/strength.js';
import { tf } from '../../models/tensorflow.js';
import { compose, disposeTreatment, mapTensors, type Treatment } from '../../models/treatment.js';
import { defineMethod, type Workbench } from '../method.js';
import { Search } from '../search.js';
import { type Checkpoint, lastCheckpoint, type TrainingRun, train, trainingOptions } from '../training.js';
import { freshLora, loraOptions } from './lora.js';

/** θ + α(θ⁺ − θ⁻): one adapter is trained on right options, one on wrong ones, and the model moves along their difference. */
export const weightSteering = defineMethod({
  name: 'weight-steering',
  kind: 'finetune',
  form: 'difference of weights',
  summary: 'the difference of adapters trained on right and on wrong options, scaled by a searched strength',
  source: 'Fierro and Roger 2025 (arXiv 2511.05408), eq. 1, with LoRA for θ⁺ and θ⁻',
  version: 1,
  options: z.strictObject({
    ...loraOptions,
    ...trainingOptions,
    search: z
      .strictObject({
        learning_rates: z.array(z.number().positive()).min(1).default([3e-4, 1e-3]).describe('as for LoRA'),
        strengths: z.array(z.number()).min(1).default([0.5, 1, 2, 4]).describe('α'),
      })
      .prefault({}),
  }),
  trials: ({ search }) => search.learning_rates.length * search.strengths.length,
  async fit(bench, items, { search: { learning_rates: rates, strengths }, ...options }) {
    using search = new Search(bench, { trials: rates.length * strengths.length });
    let trainableParameters = 0;
    const { items: contrasted, spent: sampling } = await bench.contrasts.withWrong(items);
    const start = { setting: {}, fresh: () => freshLora(bench.model, options, bench.random('init')) };
    for (const learningRate of rates) {
      const runOn = (examples: readonly EncodedItem[]) =>
        train(bench, examples, { ...options, start, learningRate, checkpoints: [1] });
      const runs = { right: runOn(items), wrong: runOn(withWrongLabels(bench, contrasted)) };
      const spent = () => plus(runs.right.spent(), runs.wrong.spent());
      try {
        const { right, wrong } = await adapters(runs);
        trainableParameters = right.parameters + wrong.parameters;
        for (const strength of strengths) {
          const moved = compose(scaled(right.treatment, strength), scaled(wrong.treatment, -strength));
          await search.consider({ learning_rate: learningRate, strength }, moved, spent());
        }
        for (const { treatment } of [right, wrong]) disposeTreatment(treatment);
      } catch (error) {
        if (!(error instanceof NonFinite)) throw error;
        for (const strength of strengths)
          search.refuse({ learning_rate: learningRate, strength }, error.message);
      }
      search.spend(spent());
    }
    return search.result({ shared: sampling, trainableParameters });
  },
});

/** θ⁺ and θ⁻ at the end of their runs. @throws NonFinite; neither is left behind then */
async function adapters(
  runs: Record<'right' | 'wrong', TrainingRun>,
): Promise<Record<'right' | 'wrong', Checkpoint>> {
  const right = await lastCheckpoint(runs.right);
  try {
    return { right, wrong: await lastCheckpoint(runs.wrong) };
  } catch (error) {
    disposeTreatment(right.treatment);
    throw error;
  }
}

/** Each item with a wrong option, drawn at random, for its right one. */
function withWrongLabels({ random }: Workbench, items: readonly EncodedItem[]): EncodedItem[] {
  const draw = random('wrong options');
  return items.map((item) => {
    const wrong = item.optionIds.flatMap((_, option) => (option === item.label ? [] : [option]));
    return { ...item, label: wrong[Math.floor(draw() * wrong.length)] ?? item.label };
  });
}

/** The adapter in tensors of its own, counted `strength` times. */
function scaled(treatment: Treatment, strength: number): Treatment {
  return withStrength(
    mapTensors(treatment, (tensor) => tf.clone(tensor)),
    strength,
  );
}
