import { scoreOptions } from '../../models/scoring.js';
import { peakBytes, serve, timed } from '../serve.js';
import { encodedItems, kept } from './model.js';

interface Request {
  model: string;
  items: string;
  limit: number;
}

// Scores every option of every item.
await serve(async ({ model: name, items: file, limit }: Request) => {
  const model = await kept(name);
  const items = await encodedItems(model, file, limit);
  const { seconds, result: logprobs } = await timed(() => scoreOptions(model, items));
  return { seconds, options: logprobs.flat().length, logprobs, peakBytes: peakBytes() };
});
