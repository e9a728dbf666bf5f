import { drawn } from '../vocabulary.js';
import { cornerOptions, type Family } from './family.js';

const names = { train: ['a', 'n', 'x'], test: ['total', 'value', 'y'] } as const;

/** What a few lines of Python print: one more line for each step of difficulty. */
export const codeOutput: Family = ({ split, difficulty, random }) => {
  const name = drawn(names[split], random);
  // A wide range, in which the right number is as common as those around it.
  let value = 30 + Math.floor(random() * 500);
  const lines = [`${name} = ${value}`];
  for (let step = 0; step < difficulty; step++) {
    const amount = 2 + Math.floor(random() * 8);
    const bound = value + (random() < 0.5 ? -1 : 1) * (1 + Math.floor(random() * 9));
    const [line, next] = drawn(
      [
        [`${name} = ${name} + ${amount}`, value + amount],
        [`${name} = ${name} - ${amount}`, value - amount],
        [`if ${name} > ${bound}:\n    ${name} = ${name} + ${amount}`, value > bound ? value + amount : value],
      ] as const,
      random,
    );
    lines.push(line);
    value = next;
  }
  const asked = split === 'train' ? '# prints' : '# Output:';
  return {
    prompt: [...lines, `print(${name})`, asked].join('\n'),
    options: cornerOptions(value, random),
    answer: String(value),
  };
};
