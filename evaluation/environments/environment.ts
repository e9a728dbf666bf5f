import type { Random } from '../statistics/random.js';

/** Where an episode stands: going on, ended well, or ended otherwise and why. */
export type Outcome = 'open' | 'success' | { failure: string };

/** Which of an environment's two distributions an episode is drawn from: test has what training never shows. */
export type Split = 'train' | 'test';

/**
 * A small world in which a model acts for several steps. It is deterministic: a state is a value that `act` does not
 * change, and chance enters at the start only. The text of a state tells all that matters of it.
 */
export interface Environment<State> {
  /** Raised whenever the same start and actions would give other texts or another outcome. */
  version: number;
  levels: readonly string[];
  start: (level: string, split: Split, random: Random) => State;
  /** The task and the state, as a model reads it; it ends where the next action is to be written. */
  prompt: (state: State) => string;
  /** All actions that can be taken, two or more, each different; only of an open state. */
  actions: (state: State) => string[];
  /** The action of the scripted expert, one of `actions`; it ends every episode well from any open state. */
  expert: (state: State) => string;
  act: (state: State, action: string) => State;
  outcome: (state: State) => Outcome;
}

/** A state of some environment, with what can be asked of it. */
export interface Situation {
  readonly outcome: Outcome;
  /** Of an open one alone, as the two that follow. */
  readonly prompt: string;
  readonly actions: readonly string[];
  readonly expert: string;
  /** What an action makes of it. @throws when it is none of `actions` */
  after: (action: string) => Situation;
}

/** The levels of an environment, and how its episodes begin. */
export interface World {
  version: number;
  levels: readonly string[];
  begin: (level: string, split: Split, random: Random) => Situation;
}

export function worldOf<State>(environment: Environment<State>): World {
  const { version, levels, start } = environment;
  return {
    version,
    levels,
    begin: (level, split, random) => situation(environment, start(level, split, random)),
  };
}

function situation<State>(environment: Environment<State>, state: State): Situation {
  const outcome = environment.outcome(state);
  if (outcome !== 'open') return { outcome, prompt: '', actions: [], expert: '', after: ended };
  const actions = environment.actions(state);
  return {
    outcome,
    prompt: environment.prompt(state),
    actions,
    expert: environment.expert(state),
    after(action) {
      if (!actions.includes(action))
        throw new Error(`"${action}" cannot be done here, expected one of ${actions.join(', ')}`);
      return situation(environment, environment.act(state, action));
    },
  };
}

function ended(): never {
  throw new Error('the episode is over, expected no further action');
}

/** More steps than any episode can need: an expert that goes around in circles is a fault of the environment. */
const LONGEST = 200;

/** The situations on the expert's way to success, the last one before it. @throws when it does not get there */
export function demonstration(start: Situation): Situation[] {
  const way: Situation[] = [];
  let now = start;
  while (now.outcome === 'open') {
    if (way.length === LONGEST) throw new Error(`the expert is not done after ${LONGEST} steps`);
    way.push(now);
    now = now.after(now.expert);
  }
  if (now.outcome !== 'success') throw new Error('the expert has failed');
  return way;
}

/** Steps an agent has for what takes the expert so many: room for detours, and an end for those who go in circles. */
export function stepLimit(expertSteps: number): number {
  return 2 * expertSteps + 2;
}
