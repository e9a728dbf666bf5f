import type { Episodes } from '../../schemas/stages.js';
import type { EnvironmentName } from '../../schemas/task.js';
import { type Random, seededRandom } from '../statistics/random.js';
import { demonstration, type Situation, type Split, stepLimit } from './environment.js';
import { worlds } from './worlds.js';

/** Which episode of an environment: it begins the same whenever it is begun. */
export interface EpisodeName {
  environment: EnvironmentName;
  seed: number;
  split: Split;
  level: string;
  number: number;
}

export function begin({ environment, seed, split, level, number }: EpisodeName): Situation {
  const random = seededRandom([environment, seed, split, level, number].join('/'));
  return worlds[environment].begin(level, split, random);
}

/** A test episode before its first action. */
export interface EpisodeStart {
  item: string;
  level: string;
  situation: Situation;
  expertSteps: number;
}

export function episodeStarts({ environment, seed, starts }: Omit<Episodes, 'version'>): EpisodeStart[] {
  return starts.map(({ item, level, number }) => {
    const situation = begin({ environment, seed, split: 'test', level, number });
    return { item, level, situation, expertSteps: demonstration(situation).length };
  });
}

/** An episode at some step. */
export interface EpisodeState extends EpisodeStart {
  steps: { action: string; expert: string }[];
}

export function isRunning({ situation, steps, expertSteps }: EpisodeState): boolean {
  return situation.outcome === 'open' && steps.length < stepLimit(expertSteps);
}

export function advanced(episode: EpisodeState, action: string): EpisodeState {
  const { situation, steps } = episode;
  return {
    ...episode,
    situation: situation.after(action),
    steps: [...steps, { action, expert: situation.expert }],
  };
}

/** How an episode ends in which something was written that cannot be done there. */
export const NO_SUCH_ACTION = 'no such action';

/** An episode that a text has ended which is no action there. */
export function refused(episode: EpisodeState, text: string): EpisodeState {
  const { situation, steps } = episode;
  return {
    ...episode,
    situation: { ...situation, outcome: { failure: NO_SUCH_ACTION } },
    steps: [...steps, { action: text, expert: situation.expert }],
  };
}

/** An agent without a model: it sees the actions, and the expert's for those that are one. */
export type Agent = (situation: Situation, random: Random) => string;

export const randomAgent: Agent = ({ actions }, random) =>
  actions[Math.floor(random() * actions.length)] ?? '';
export const expertAgent: Agent = ({ expert }) => expert;

/** Takes the action that experts took most often in training, among those that can be taken; the first of equals. */
export function frequentAgent(demonstrated: readonly string[]): Agent {
  const counts = new Map<string, number>();
  for (const action of demonstrated) counts.set(action, (counts.get(action) ?? 0) + 1);
  return ({ actions }) => actions.toSorted((a, b) => (counts.get(b) ?? 0) - (counts.get(a) ?? 0))[0] ?? '';
}

/** Share of episodes that an agent ends well, each tried `tries` times. */
export function successRate(starts: readonly EpisodeStart[], agent: Agent, { tries = 1 } = {}): number {
  if (starts.length === 0) throw new RangeError('success rate: found no episodes, expected at least one');
  let successes = 0;
  for (const start of starts) {
    const random = seededRandom(`agent/${start.item}`);
    for (let attempt = 0; attempt < tries; attempt++) {
      let episode: EpisodeState = { ...start, steps: [] };
      while (isRunning(episode)) episode = advanced(episode, agent(episode.situation, random));
      successes += Number(episode.situation.outcome === 'success');
    }
  }
  return successes / (tries * starts.length);
}
