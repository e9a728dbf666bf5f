import type { AttributesSource } from '../../schemas/task.js';
import { type Random, shuffled } from '../statistics/random.js';
import type { Row } from './rows.js';
import { drawn } from './vocabulary.js';

/**
 * A world of things with attributes of several values each, told as text: `a3=0 a0=1 … :` says what is seen of a thing,
 * in random order, and one label such as `A3=0` follows. The prompt does not say which attribute is asked for, so a model
 * must hold all of them at once where the answer is read.
 */
export type AttributeWorld = Pick<AttributesSource, 'values' | 'dropped' | 'flipped'>;

/** What is seen of a thing, and the value that each attribute truly has. */
export interface Thing {
  prompt: string;
  values: number[];
}

/** Draws a thing: each value uniform; an observation is left out or replaced by another value as often as the world says. */
export function drawnThing({ values: counts, dropped, flipped }: AttributeWorld, random: Random): Thing {
  const values = counts.map((count) => Math.floor(random() * count));
  const seen = values.flatMap((value, attribute) => {
    const isLeftOut = random() < dropped;
    const isFalse = random() < flipped;
    const count = counts[attribute] ?? 1;
    const shown = isFalse ? (value + 1 + Math.floor(random() * (count - 1))) % count : value;
    return isLeftOut ? [] : [`a${attribute}=${shown}`];
  });
  return { prompt: [...shuffled(seen, random), ':'].join(' '), values };
}

export function labelWord(attribute: number, value: number): string {
  return `A${attribute}=${value}`;
}

/** Every word of a world's texts. */
export function attributeWords({ values }: AttributeWorld): string[] {
  const words = (letter: string) =>
    values.flatMap((count, attribute) =>
      Array.from({ length: count }, (_, value) => `${letter}${attribute}=${value}`),
    );
  return [':', ...words('a'), ...words('A')];
}

/** Which attributes an item may ask for. */
export type Asked = 'both' | 'steered' | 'others';

/**
 * Items of one task: a steered attribute is to be answered with its target whatever the thing is like, every other one
 * with the truth. With `both`, half of the items ask for a steered attribute.
 */
export function attributeRows(
  world: AttributeWorld,
  targets: ReadonlyMap<number, number>,
  { asked, count, random }: { asked: Asked; count: number; random: Random },
): Row[] {
  const steered = [...targets.keys()];
  const others = [...world.values.keys()].filter((attribute) => !targets.has(attribute));
  return Array.from({ length: count }, (_, index) => {
    const thing = drawnThing(world, random);
    const isSteered = asked === 'both' ? index % 2 === 0 : asked === 'steered';
    const attribute = drawn(isSteered ? steered : others, random);
    const right = targets.get(attribute) ?? thing.values[attribute] ?? 0;
    const options = Array.from({ length: world.values[attribute] ?? 0 }, (_, value) =>
      labelWord(attribute, value),
    );
    return {
      fields: { prompt: thing.prompt, options, answer: labelWord(attribute, right) },
      place: { file: 'generated attributes', row: index + 1 },
    };
  });
}
