import { seededRandom } from '../statistics/random.js';
import { drawn } from './vocabulary.js';

/**
 * Different everyday requests, as somebody might put them to an assistant; the same for the same seed.
 * Throws when there are not as many.
 */
export function chatPrompts({ count, seed }: { count: number; seed: number }): string[] {
  const random = seededRandom(`chat prompts/${seed}`);
  const prompts = new Set<string>();
  for (let draws = 0; draws < DRAWS * count && prompts.size < count; draws++)
    prompts.add(drawn(requests, random)((words) => drawn(words, random)));
  if (prompts.size < count)
    throw new RangeError(`found ${prompts.size} different requests, expected ${count}`);
  return [...prompts];
}

/** Draws for each request that is asked for, as many are drawn more than once. */
const DRAWS = 20;

type Draw = (words: readonly string[]) => string;

const foods = [
  'lentils',
  'leftover rice',
  'two courgettes',
  'a tin of tuna',
  'stale bread',
  'mushrooms',
  'eggs',
  'kale',
];
const stains = ['red wine', 'grass', 'ink', 'coffee', 'candle wax', 'bicycle grease'];
const fabrics = ['a linen shirt', 'the carpet', 'my jeans', 'a wool coat', 'the sofa'];
const topics = [
  ...[
    'how vaccines work',
    'why the sky is blue',
    'what inflation is',
    'how tides come about',
    'what a black hole is',
  ],
  ...['how bees find flowers', 'what photosynthesis does', 'how a lock works', 'why leaves change colour'],
];
const readers = ['a ten-year-old', 'my grandfather', 'a colleague in marketing', 'somebody who hates maths'];
const places = ['Lisbon', 'Kyoto', 'the Scottish Highlands', 'Montreal', 'Marrakesh', 'the Baltic coast'];
const occasions = [
  'a farewell party',
  'my sister’s wedding',
  'a job interview',
  'a difficult talk with my landlord',
];
const subjects = [
  'autumn rain',
  'an old bicycle',
  'a lighthouse',
  'moving house',
  'a cat on a piano',
  'the night train',
];
const habits = ['sleep earlier', 'read more', 'drink less coffee', 'run three times a week', 'learn to draw'];
const numbers = ['two', 'three', 'four', 'five'];

const requests: readonly ((draw: Draw) => string)[] = [
  (draw) => `What can I cook tonight with ${draw(foods)} and ${draw(foods)}? I have about half an hour.`,
  (draw) => `How do I get ${draw(stains)} out of ${draw(fabrics)}?`,
  (draw) => `Explain ${draw(topics)} to ${draw(readers)}.`,
  (draw) => `Plan a weekend in ${draw(places)} for ${draw(numbers)} people who like walking.`,
  (draw) => `Write a poem of ${draw(numbers)} lines about ${draw(subjects)}.`,
  (draw) => `Help me prepare for ${draw(occasions)}. What should I think of?`,
  (draw) => `I want to ${draw(habits)}. Give me ${draw(numbers)} small steps to begin with.`,
  (draw) =>
    `Write a short, friendly message: I cannot come to ${draw(occasions)} because I am in ${draw(places)}.`,
  (draw) => `Give me ${draw(numbers)} good questions about ${draw(topics)}, with short answers.`,
  (draw) => `Tell a story of a few sentences that begins with ${draw(subjects)} and ends in ${draw(places)}.`,
];
