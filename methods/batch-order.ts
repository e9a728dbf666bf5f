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
    const epoch = shuffled([...Array(items).keys()], random);
    for (let start = 0; start < items && order.length < steps; start += batch) {
      // In one order, whatever the shuffle: equal sets are then equal batches, and what is known of one serves all.
      order.push(epoch.slice(start, start + batch).sort((a, b) => a - b));
    }
  }
  return order;
}

/** The values in a random order (Fisher–Yates). */
export function shuffled<T>(values: readonly T[], random: () => number): T[] {
  const order = [...values];
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j] as T, order[i] as T];
  }
  return order;
}
