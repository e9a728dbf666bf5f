import { describe, expect, it } from 'vitest';
import {
  demonstration,
  type Situation,
  type Split,
  stepLimit,
} from '../../../evaluation/environments/environment.js';
import {
  begin,
  type EpisodeStart,
  expertAgent,
  frequentAgent,
  randomAgent,
  successRate,
} from '../../../evaluation/environments/episodes.js';
import { isUnseen } from '../../../evaluation/environments/grid-world.js';
import { worlds } from '../../../evaluation/environments/worlds.js';
import { seededRandom } from '../../../evaluation/statistics/random.js';
import { EnvironmentName } from '../../../schemas/task.js';

const EPISODES = 40;

function situations(environment: EnvironmentName, split: Split): { level: string; start: Situation }[] {
  return worlds[environment].levels.flatMap((level) =>
    Array.from({ length: EPISODES }, (_, number) => ({
      level,
      start: begin({ environment, seed: 3, split, level, number }),
    })),
  );
}

const bothSplits = (environment: EnvironmentName) => [
  ...situations(environment, 'train'),
  ...situations(environment, 'test'),
];

function startsOf(environment: EnvironmentName): EpisodeStart[] {
  return situations(environment, 'test').map(({ level, start }, index) => ({
    item: String(index),
    level,
    situation: start,
    expertSteps: demonstration(start).length,
  }));
}

/** All that random agents see. */
function wandered(environment: EnvironmentName): Situation[] {
  const random = seededRandom('wander');
  return bothSplits(environment).flatMap(({ start }) => {
    const seen: Situation[] = [];
    let now = start;
    for (let step = 0; step < 12 && now.outcome === 'open'; step++) {
      seen.push(now);
      now = now.after(randomAgent(now, random));
    }
    return seen;
  });
}

describe.each(EnvironmentName.options)('%s', (environment) => {
  it('begins the same episode the same way, and others otherwise', () => {
    const texts = (seed: number) =>
      worlds[environment].levels.map(
        (level) => begin({ environment, seed, split: 'train', level, number: 7 }).prompt,
      );
    expect(texts(0)).toEqual(texts(0));
    expect(texts(0)).not.toEqual(texts(1));
  });

  it('has an expert that ends well from wherever an agent has got to', () => {
    for (const situation of wandered(environment)) expect(demonstration(situation).length).toBeGreaterThan(0);
  });

  it('offers at least two actions, all different, and no other is taken', () => {
    for (const { prompt, actions, after } of wandered(environment)) {
      expect(actions.length, prompt).toBeGreaterThanOrEqual(2);
      expect(new Set(actions).size, prompt).toBe(actions.length);
      expect(() => after('sing a song')).toThrow('cannot be done here, expected one of');
    }
  });

  it('tells all that the expert decides by', () => {
    const decided = new Map<string, string>();
    for (const { prompt, expert } of wandered(environment)) {
      expect(decided.get(prompt) ?? expert, prompt).toBe(expert);
      decided.set(prompt, expert);
    }
  });

  it('is changed by actions, not by looking', () => {
    for (const { start } of situations(environment, 'test')) {
      const before = start.prompt;
      demonstration(start);
      expect(start.prompt).toBe(before);
    }
  });

  it('is solved by its expert, hardly by chance, and not by one action alone', () => {
    const starts = startsOf(environment);
    const taken = situations(environment, 'train').flatMap(({ start }) =>
      demonstration(start).map(({ expert }) => expert),
    );
    expect(successRate(starts, expertAgent)).toBe(1);
    expect(successRate(starts, randomAgent, { tries: 20 })).toBeLessThan(0.25);
    expect(successRate(starts, frequentAgent(taken))).toBeLessThan(0.25);
  });

  it('ends: nothing can be done after it', () => {
    for (const { start } of situations(environment, 'test')) {
      const last = demonstration(start).at(-1);
      const over = last?.after(last.expert);
      expect(over?.outcome).toBe('success');
      expect(() => over?.after('anything')).toThrow('the episode is over');
    }
  });
});

it('a limit leaves room for detours', () => {
  expect([1, 4].map(stepLimit)).toEqual([4, 10]);
});

describe('what only test episodes have', () => {
  it('of the grid world: pairs of colour and thing, and rooms that are larger on average', () => {
    const named = (split: Split) =>
      new Set(
        situations('grid-world', split).flatMap(({ start }) =>
          [...start.prompt.matchAll(/^The (\w+) (ball|box|key|book|cup|lamp) is/gm)].map(
            ([, colour = '', kind = '']) => `${kind} ${colour}`,
          ),
        ),
      );
    const unseen = (pair: string) => {
      const [kind = '', colour = ''] = pair.split(' ');
      return isUnseen(kind, colour);
    };
    expect([...named('train')].filter(unseen)).toEqual([]);
    expect([...named('test')].filter(unseen).length).toBeGreaterThan(5);
    const areas = (split: Split) =>
      situations('grid-world', split).map(({ start }) => {
        const [, columns, rows] = /room of (\d) by (\d)/.exec(start.prompt) ?? [];
        return Number(columns) * Number(rows);
      });
    const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(mean(areas('test'))).toBeGreaterThan(1.4 * mean(areas('train')));
  });

  it('of forms: labels and buttons', () => {
    const labels = (split: Split) =>
      new Set(
        situations('form-filling', split).flatMap(({ start }) =>
          start.actions.map((action) => action.replace('click ', '')),
        ),
      );
    const train = labels('train');
    expect([...labels('test')].filter((label) => train.has(label))).toEqual([]);
  });

  it('of the desk: products, order numbers and how wishes are said', () => {
    const wishes = (split: Split) =>
      new Set(
        situations('retail-desk', split).map(({ start }) =>
          /Customer: (.*)/.exec(start.prompt)?.[1]?.replaceAll(/#\d+/g, '#'),
        ),
      );
    const train = wishes('train');
    expect([...wishes('test')].filter((wish) => train.has(wish))).toEqual([]);
  });
});

describe('rules of the desk', () => {
  const desk = (wanted: (expert: string[]) => boolean) => {
    const found = situations('retail-desk', 'train').find(({ start }) =>
      wanted(demonstration(start).map(({ expert }) => expert)),
    );
    if (found === undefined) throw new Error('no such episode');
    return found.start;
  };

  it('an order is looked up before it is changed', () => {
    const start = desk(
      ([first, second]) => first?.startsWith('get_order') === true && second?.startsWith('cancel') === true,
    );
    const cancel = start.actions.find((action) => action.startsWith('cancel_order')) ?? '';
    expect(start.after(cancel).outcome).toEqual({ failure: 'changed an order that was not looked up' });
  });

  it('what the policy forbids ends the episode', () => {
    const start = desk(([first, second]) => first?.startsWith('get_order') === true && second === 'refuse()');
    const seen = start.after(start.expert);
    const outcomes = seen.actions
      .filter((action) => /^(cancel|change|return|exchange)/.test(action))
      .map((action) => seen.after(action).outcome);
    expect(outcomes).toContainEqual({ failure: 'broke a rule' });
    expect(outcomes.every((outcome) => typeof outcome === 'object')).toBe(true);
  });

  it('a wish that can be granted is not refused, nor is nothing said to be done', () => {
    const start = desk(
      ([first, second]) => first?.startsWith('get_order') === true && second?.startsWith('return') === true,
    );
    const seen = start.after(start.expert);
    expect(seen.after('refuse()').outcome).toEqual({ failure: 'said refuse where that was wrong' });
    expect(seen.after('finish()').outcome).toEqual({ failure: 'said finish where that was wrong' });
  });
});

it('a form sent with a wrong entry has failed, and a wrong entry can be mended before', () => {
  const start = begin({ environment: 'form-filling', seed: 0, split: 'train', level: 'short', number: 1 });
  const send = start.actions.at(-1) ?? '';
  expect(start.after(send).outcome).toEqual({ failure: 'sent with wrong entries' });
});

it('in the grid world a key fits one door', () => {
  const start = begin({ environment: 'grid-world', seed: 0, split: 'train', level: 'unlock', number: 0 });
  const way = demonstration(start);
  expect(way.map(({ expert }) => expert).filter((action) => /^(pick|unlock)/.test(action))).toEqual([
    expect.stringMatching(/^pick up the \w+ key$/),
    expect.stringMatching(/^unlock the \w+ door$/),
  ]);
  let now = start;
  const door = /The (\w+ door) is/.exec(start.prompt)?.[1];
  // Straight to the door, with empty hands.
  const ways = () =>
    /The \w+ door is (?:(\d) steps? (east|west))?(?: and )?(?:(\d) steps? (north|south))?/.exec(now.prompt);
  for (let found = ways(); found?.[2] !== undefined || found?.[4] !== undefined; found = ways()) {
    now = now.after(`go ${found[2] ?? found[4]}`);
  }
  const tried = now.after(`unlock the ${door}`);
  expect(tried.outcome).toBe('open');
});
