/** The task, with the model where the study has several. */
export function place({ model, task }: { model: string; task: string }, models: number): string {
  return models > 1 ? `${task} · ${model}` : task;
}
