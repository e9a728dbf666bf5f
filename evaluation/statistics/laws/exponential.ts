import { type CurveLaw, floorBounds, floorOf, floorStarts, logAbove, logRange } from './curve-law.js';

/** The exponential law L(N) = B · exp(−N/τ) + E. Parameters: log B, log τ, log E. */
export const exponential: CurveLaw = {
  name: 'exponential',
  parameters: 3,
  logLoss(parameters, x) {
    const b = parameters[0] ?? Number.NaN;
    const t = parameters[1] ?? Number.NaN;
    const e = parameters[2] ?? Number.NaN;
    return Math.log(Math.exp(b - Math.exp(x - t)) + Math.exp(e));
  },
  slopes(parameters, x, out, offset) {
    const b = parameters[0] ?? Number.NaN;
    const t = parameters[1] ?? Number.NaN;
    const e = parameters[2] ?? Number.NaN;
    const decays = Math.exp(x - t);
    const above = Math.exp(b - decays);
    const share = above / (above + Math.exp(e));
    out[offset] = share;
    out[offset + 1] = share * decays;
    out[offset + 2] = 1 - share;
  },
  starts(curve) {
    const { low, high } = logRange(curve);
    return [0, 0.25, 0.5, 0.75, 1].flatMap((place) => {
      const t = low + place * (high - low);
      return floorStarts(curve).map((e) => [logAbove(curve, e) + Math.exp(low - t), t, e]);
    });
  },
  box(curve) {
    const floor = floorBounds(curve);
    const { low, high } = logRange(curve);
    return { low: [-60, low - 2, floor.low], high: [90, high + 4, floor.high] };
  },
  named(parameters, curve) {
    const b = parameters[0] ?? Number.NaN;
    const t = parameters[1] ?? Number.NaN;
    const e = parameters[2] ?? Number.NaN;
    const floor = floorOf(e, curve);
    return { scale: Math.exp(b), prelearned: null, exponent: null, decay: Math.exp(t), floor };
  },
};
