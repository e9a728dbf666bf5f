import { shuffled } from '../../statistics/random.js';
import { drawn } from '../vocabulary.js';
import type { Family, GeneratedItem, Setting, Split } from './family.js';
import { cities, people, things } from './vocabulary.js';

/** A function of a generated API: what it does, and how somebody asks for it, with a person and a thing or place. */
interface Tool {
  name: string;
  does: string;
  ask: (values: readonly string[]) => string;
}

const tools: Record<Split, readonly Tool[]> = {
  train: [
    {
      name: 'send_parcel',
      does: 'sends a parcel',
      ask: ([who, what]) => `Please have the ${what} delivered to ${who}.`,
    },
    {
      name: 'write_note',
      does: 'leaves a note',
      ask: ([who, what]) => `Let ${who} know about the ${what} on a slip of paper.`,
    },
    {
      name: 'lend_item',
      does: 'records a loan',
      ask: ([who, what]) => `${who} borrows the ${what} from us.`,
    },
    {
      name: 'bill_customer',
      does: 'writes a bill',
      ask: ([who, what]) => `${who} has to pay for the ${what}.`,
    },
  ],
  test: [
    {
      name: 'reserve_item',
      does: 'puts an item aside',
      ask: ([who, what]) => `Keep the ${what} in the back until ${who} comes.`,
    },
    {
      name: 'repair_order',
      does: 'opens a repair',
      ask: ([who, what]) => `The ${what} that belongs to ${who} is broken, get it mended.`,
    },
    {
      name: 'insure_item',
      does: 'starts an insurance',
      ask: ([who, what]) => `${who} is afraid that the ${what} might be stolen, cover it.`,
    },
    {
      name: 'add_review',
      does: 'stores an opinion',
      ask: ([who, what]) => `${who} said the ${what} was wonderful, put that on record.`,
    },
  ],
};

/**
 * Which call answers a request: the options are two functions with two values of an argument each, so that both the
 * function and the argument have to be right. Harder items show more functions, and from 3 on a third argument.
 */
export const toolCall: Family = (setting) =>
  callItem(setting, {
    asked: 'Call:',
    written: (name, values) =>
      `${name}(${Object.values(values)
        .map((value) => JSON.stringify(value))
        .join(', ')})`,
  });

/** The same, the call as a JSON object {"name", "arguments"} with the arguments by their names. */
export const jsonCall: Family = (setting) =>
  callItem(setting, {
    asked: 'Call as JSON:',
    written: (name, values) => JSON.stringify({ name, arguments: values }),
  });

interface CallForm {
  /** What the prompt ends with. */
  asked: string;
  written: (name: string, values: Readonly<Record<string, string>>) => string;
}

function callItem({ split, difficulty, random }: Setting, { asked, written }: CallForm): GeneratedItem {
  const shown = shuffled(tools[split], random).slice(
    0,
    Math.min(2 + Math.floor(difficulty / 2), tools[split].length),
  );
  const [one, other] = shown;
  if (one === undefined || other === undefined) throw new Error('an API needs two functions');
  const [who = ''] = shuffled(people[split], random);
  const [right = '', decoy = ''] = shuffled(things[split], random);
  const place = drawn(cities[split], random);
  const isLong = difficulty >= 3;
  const parameters = isLong ? 'person, thing, city' : 'person, thing';
  const wanted = drawn([one, other], random);
  const ending = isLong ? ` It is for our shop in ${place}.` : '';
  const call = ({ name }: Tool, thing: string) =>
    written(name, { person: who, thing, ...(isLong && { city: place }) });
  const options = [one, other].flatMap((tool) => [right, decoy].map((thing) => call(tool, thing)));
  const mention = `We have a ${decoy} and a ${right} here.`;
  return {
    prompt: [
      ...shown.map(({ name, does }) => `${name}(${parameters}): ${does}`),
      `Request: ${mention} ${wanted.ask([who, right])}${ending}`,
      asked,
    ].join('\n'),
    options,
    answer: call(wanted, right),
  };
}
