/** What something costs and what it brings. */
export type Offer = { cost: number; gain: number };

/**
 * The offers that no other offer beats, by ascending cost: a beaten one costs at least as much as another and gains no
 * more, and is not its equal in both. Equals stay together. Throws when a cost or a gain is not finite.
 */
export function paretoFront<O extends Offer>(offers: readonly O[]): O[] {
  const unfit = offers.find(({ cost, gain }) => !Number.isFinite(cost) || !Number.isFinite(gain));
  if (unfit !== undefined) {
    throw new RangeError(
      `Pareto front: found cost ${unfit.cost} and gain ${unfit.gain}, expected finite numbers; leave out what has no gain`,
    );
  }
  const ascending = offers.toSorted((one, other) => one.cost - other.cost || other.gain - one.gain);
  const front: O[] = [];
  for (const offer of ascending) {
    const best = front.at(-1);
    const equal = best !== undefined && best.cost === offer.cost && best.gain === offer.gain;
    if (best === undefined || offer.gain > best.gain || equal) front.push(offer);
  }
  return front;
}
