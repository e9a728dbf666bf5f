import { checkTools } from './prerequisites.mjs';

/**
 * Runs the steps, each as soon as those it follows are done, and tells `display` what happens.
 * Tools are looked for first, and only those of steps that have something to do. The first failure ends the others.
 * @throws what the failed step threw
 */
export async function runSteps(steps, { display, signal }) {
  const states = await Promise.all(steps.map((step) => step.done()));
  await checkTools(steps.flatMap((step, index) => (states[index] === undefined ? step.tools : [])));
  const failure = new AbortController();
  const anyEnd = AbortSignal.any([failure.signal, signal]);
  const outcomes = new Map();
  for (const step of steps) {
    const before = step.after.map((name) => outcomes.get(name));
    outcomes.set(step.name, perform(step, { before, display, failure, signal: anyEnd }));
  }
  const ends = await Promise.allSettled(outcomes.values());
  signal.throwIfAborted();
  if (failure.signal.aborted) throw failure.signal.reason;
  return ends.map(({ value }) => value);
}

async function perform(step, { before, display, failure, signal }) {
  await Promise.all(before);
  signal.throwIfAborted();
  try {
    const state = await step.done(); // asked again: what it follows may have changed it
    if (state !== undefined) return display.found(step.name, state);
    display.begin(step.name);
    const result = await step.run({ signal, detail: (text) => display.detail(step.name, text) });
    display.end(step.name, result);
  } catch (error) {
    display.fail(step.name);
    if (!signal.aborted) failure.abort(error);
    throw error;
  }
}
