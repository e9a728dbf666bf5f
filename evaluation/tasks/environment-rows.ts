import { didYouMean } from '../../schemas/suggestion.js';
import type { EnvironmentSource } from '../../schemas/task.js';
import { demonstration, type Situation, type Split } from '../environments/environment.js';
import { begin } from '../environments/episodes.js';
import { worlds } from '../environments/worlds.js';
import type { Row } from './rows.js';
import { TaskError } from './task-error.js';

/**
 * Rows {prompt, options, answer, episode}: for training every decision of the expert's way through each episode, for test
 * the first decision of each, which stands for the episode.
 * @throws TaskError when the environment has no such level
 */
export function environmentRows(source: EnvironmentSource, file: string): { train: Row[]; test: Row[] } {
  const { episodes, test_episodes } = source;
  const levels = levelsOf(source, file);
  const ways = (split: Split, count: number) =>
    Array.from({ length: count }, (_, number) => {
      const level = levels[number % levels.length] ?? '';
      const start = begin({ ...source, split, level, number });
      const way = split === 'train' ? demonstration(start) : [start];
      return way.map((situation) => rowOf(situation, episodeKey({ split, level, number })));
    }).flat();
  return { train: ways('train', episodes), test: ways('test', test_episodes) };
}

interface EpisodeKey {
  split: Split;
  level: string;
  number: number;
}

function episodeKey({ split, level, number }: EpisodeKey): string {
  return `${split}/${level}/${number}`;
}

/** The inverse of what rows have as `episode`. */
export function parsedEpisodeKey(key: string): { level: string; number: number } {
  const [, level, number] = /^(?:train|test)\/([^/]+)\/(\d+)$/.exec(key) ?? [];
  if (level === undefined) throw new Error(`"${key}" names no episode; group an environment by {episode}`);
  return { level, number: Number(number) };
}

function rowOf({ prompt, actions, expert }: Situation, episode: string): Row {
  return {
    fields: { prompt, options: actions, answer: expert, episode },
    place: { file: `episode ${episode}` },
  };
}

function levelsOf({ environment, levels }: EnvironmentSource, file: string): readonly string[] {
  const known = worlds[environment].levels;
  const unknown = levels?.find((level) => !known.includes(level));
  if (unknown === undefined) return levels ?? known;
  throw new TaskError(
    `field "source.levels": found "${unknown}"${didYouMean(unknown, known)}, expected some of ${known.join(', ')}`,
    { file },
  );
}
