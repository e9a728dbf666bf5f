/** The id at which the running sum of the probabilities passes `draw`, a number in [0, 1), of their whole. @throws when it is none */
export function sampledToken(probabilities: Float32Array, draw: number): number {
  if (!(draw >= 0 && draw < 1))
    throw new RangeError(`a token was drawn by ${draw}, expected a number in [0, 1)`);
  const whole = probabilities.reduce((sum, probability) => sum + probability, 0);
  let left = draw * whole;
  for (const [id, probability] of probabilities.entries()) {
    left -= probability;
    if (left < 0) return id;
  }
  return probabilities.findLastIndex((probability) => probability > 0);
}
