import {
  advanced,
  type EpisodeState,
  episodeStarts,
  isRunning,
  refused,
} from '../evaluation/environments/episodes.js';
import { type TaskItem, taskItem } from '../evaluation/tasks/item.js';
import type { Asking } from '../models/batch.js';
import type { ComputeMeter } from '../models/compute-meter.js';
import type { LanguageModel } from '../models/language-model.js';
import type { Treatment } from '../models/treatment.js';
import type { Episodes } from '../schemas/stages.js';
import type { EpisodeScore, ItemScore } from '../schemas/tables.js';
import { nextActions } from './next-actions.js';

export interface Player {
  model: LanguageModel;
  treatment: Treatment;
  asking: Asking;
  meter: ComputeMeter;
  onProgress: (phase: string, step: number, of: number) => void;
}

interface Playing extends EpisodeState {
  /** Of the expert's action over the best other one, at every step. */
  margins: number[];
}

/**
 * Lets a model act in every episode until it ends or its steps are used up: it takes the action that it finds most
 * probable of those there are, or writes one; a text that is no action there ends the episode. All episodes make their steps
 * together.
 * @throws when the model has no tokenizer
 */
export async function playEpisodes(
  episodes: Episodes,
  player: Player,
): Promise<{ scores: ItemScore[]; episodes: EpisodeScore[] }> {
  let playing: Playing[] = episodeStarts(episodes).map((start) => ({ ...start, steps: [], margins: [] }));
  for (let step = 1; playing.some(isRunning); step++) {
    const running = playing.filter(isRunning);
    player.onProgress(`episodes, step ${step}`, playing.length - running.length, playing.length);
    const moved = new Map(
      (await stepped(running, player)).map((episode): [string, Playing] => [episode.item, episode]),
    );
    playing = playing.map((episode) => moved.get(episode.item) ?? episode);
  }
  return { scores: playing.map(itemScore), episodes: playing.map(episodeScore) };
}

async function stepped(
  running: readonly Playing[],
  { model, treatment, asking, meter }: Player,
): Promise<Playing[]> {
  const next = await nextActions(model, running.map(decisionOf), { treatment, asking, meter });
  return running.flatMap((episode, index) => {
    const step = next[index];
    if (step === undefined) return [];
    const { action, text, margin } = step;
    const after = action === undefined ? refused(episode, text) : advanced(episode, action);
    return [{ ...after, margins: [...episode.margins, margin] }];
  });
}

/** What is to be decided now, as a training example would have it. */
function decisionOf({ situation: { prompt, actions, expert } }: Playing): TaskItem {
  const wrong = actions.filter((action) => action !== expert);
  return taskItem({ prompt, right: expert, wrong, group: '' });
}

function itemScore({ item, situation, margins }: Playing): ItemScore {
  const correct = situation.outcome === 'success';
  const margin = margins.reduce((sum, own) => sum + own, 0) / margins.length;
  return { item, label: 1, prediction: Number(correct), correct, margin, logprobs: [] };
}

function episodeScore({ item, level, situation, steps, expertSteps }: Playing): EpisodeScore {
  const { outcome } = situation;
  const ended = typeof outcome === 'object' ? outcome.failure : outcome === 'open' ? 'out of steps' : outcome;
  const agreed = steps.filter(({ action, expert }) => action === expert).length;
  return {
    item,
    level,
    outcome: ended,
    steps: steps.length,
    expert_steps: expertSteps,
    weighted: outcome === 'success' ? expertSteps / Math.max(steps.length, expertSteps) : 0,
    agreement: agreed / steps.length,
    actions: steps.map(({ action }) => action).join('\n'),
  };
}
