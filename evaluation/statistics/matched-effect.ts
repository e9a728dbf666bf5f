/** What a method does at one strength, one number of steps or one rate: how much it gains and how much else it changes. */
export interface Dose {
  /** On the task, in any unit; 0 is the untreated model. */
  gain: number;
  /** For example the off-target KL per token, nats; 0 is the untreated model. */
  damage: number;
}

/** The least damage at which a gain is reached; `reached` is the largest gain there is where it is not. */
export type MatchedDamage = { damage: number } | { damage: null; reached: number };

/**
 * The dose–response frontier: of all doses and the untreated model those that nothing gains more than at as little damage,
 * by ascending damage and gain. Throws on a number that is not finite.
 */
export function doseFrontier(doses: readonly Dose[]): Dose[] {
  for (const { gain, damage } of doses)
    if (!Number.isFinite(gain) || !Number.isFinite(damage) || damage < 0)
      throw new RangeError(
        `found a gain of ${gain} at a damage of ${damage}, expected finite numbers and no damage below 0`,
      );
  const ordered = [{ gain: 0, damage: 0 }, ...doses].sort(
    (one, other) => one.damage - other.damage || other.gain - one.gain,
  );
  const frontier: Dose[] = [];
  for (const dose of ordered)
    if (dose.gain > (frontier.at(-1)?.gain ?? Number.NEGATIVE_INFINITY)) frontier.push(dose);
  return frontier;
}

/**
 * The damage of a method where it gains as much as asked, on the line between the two neighbours of its frontier: what methods
 * are compared by at matched effectiveness. Doses between two that were tried are taken to trade one for the other.
 */
export function damageAtGain(doses: readonly Dose[], gain: number): MatchedDamage {
  return damageOn(doseFrontier(doses), gain);
}

/** As `damageAtGain`, on a frontier that is known. */
export function damageOn(frontier: readonly Dose[], gain: number): MatchedDamage {
  if (!Number.isFinite(gain))
    throw new RangeError(`found a gain of ${gain} to match, expected a finite number`);
  const above = frontier.findIndex((dose) => dose.gain >= gain);
  const [upper, lower] = [frontier[above], frontier[above - 1]];
  if (upper === undefined) return { damage: null, reached: frontier.at(-1)?.gain ?? 0 };
  if (lower === undefined) return { damage: upper.damage };
  const share = (gain - lower.gain) / (upper.gain - lower.gain);
  return { damage: lower.damage + share * (upper.damage - lower.damage) };
}

/**
 * The area under the frontier over damage from 0 to `most`, divided by `most`: the mean gain that a bound on the damage allows,
 * the bound drawn uniformly. Between doses the frontier is a step: a gain counts from the damage on at which it was seen.
 */
export function meanGainWithin(doses: readonly Dose[], most: number): number {
  if (!(most > 0 && Number.isFinite(most)))
    throw new RangeError(`found a largest damage of ${most}, expected a finite number above 0`);
  const frontier = doseFrontier(doses).filter(({ damage }) => damage < most);
  const area = frontier.reduce(
    (sum, { gain, damage }, index) => sum + gain * ((frontier[index + 1]?.damage ?? most) - damage),
    0,
  );
  return area / most;
}
