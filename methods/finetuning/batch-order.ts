/**
 * Indices of the examples of every step: epoch after epoch of seeded shuffles, cut into batches; an epoch's last batch
 * may be smaller. Small data are repeated until there are `minSteps` steps.
 */
export function batchOrder(
  items: number,
  {
    batch,
    epochs,
    minSteps,
    random,
  }: { batch: number; epochs: number; minSteps: number; random: () => number },
): number[][] {
  const perEpoch = Math.ceil(items / batch);
  const steps = Math.max(minSteps, epochs * perEpoch);
  const order: number[][] = [];
  while (order.length < steps) {
    const shuffled = shuffle(items, random);
    for (let start = 0; start < items && order.length < steps; start += batch)
      order.push(shuffled.slice(start, start + batch));
  }
  return order;
}

/** Fisher–Yates over 0 … count − 1. */
function shuffle(count: number, random: () => number): number[] {
  const order = Array.from({ length: count }, (_, index) => index);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j] ?? j, order[i] ?? i];
  }
  return order;
}
