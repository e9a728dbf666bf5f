import { meanDifference } from '../../methods/steering/mean-difference.js';
import { disposeTreatment } from '../../models/treatment.js';
import { peakBytes, serve, timed } from '../serve.js';
import { encodedItems, kept } from './model.js';
import { workbench } from './workbench.js';

interface Request {
  model: string;
  items: string;
  train: number;
  validation: number;
  layers: number[];
  coefficients: number[];
}

// Chooses layer and coefficient of a mean-difference vector on validation items.
await serve(async ({ model: name, items: file, train, validation, layers, coefficients }: Request) => {
  const model = await kept(name);
  const items = await encodedItems(model, file, train + validation);
  const examples = items.slice(0, train);
  const bench = workbench(model, { validation: items.slice(train) });
  using _prefixes = bench.prefixes;
  const { seconds, result } = await timed(() =>
    meanDifference.fit(bench, examples, { search: { layers, coefficients } }),
  );
  disposeTreatment(result.treatment);
  return { seconds, accuracies: result.trials.map(({ score }) => score), peakBytes: peakBytes() };
});
