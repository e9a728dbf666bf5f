import { type CurveLaw, floorBounds, floorOf, floorStarts, logAbove, logRange } from './curve-law.js';

/**
 * The rectified law L(N) = B / (D_l + N^β) + E (Lin et al. 2024, arXiv 2402.02314, equation 4): flat while N^β is small
 * beside D_l, what the model has already learnt, then a power law down to the floor E.
 * Parameters: log B, log D_l, β, log E.
 */
export const rectified: CurveLaw = {
  name: 'rectified',
  parameters: 4,
  logLoss(parameters, x) {
    const b = parameters[0] ?? Number.NaN;
    const d = parameters[1] ?? Number.NaN;
    const beta = parameters[2] ?? Number.NaN;
    const e = parameters[3] ?? Number.NaN;
    return Math.log(Math.exp(b) / (Math.exp(d) + Math.exp(beta * x)) + Math.exp(e));
  },
  slopes(parameters, x, out, offset) {
    const b = parameters[0] ?? Number.NaN;
    const d = parameters[1] ?? Number.NaN;
    const beta = parameters[2] ?? Number.NaN;
    const e = parameters[3] ?? Number.NaN;
    const [prelearned, learnt, floor] = [Math.exp(d), Math.exp(beta * x), Math.exp(e)];
    const above = Math.exp(b) / (prelearned + learnt);
    const share = above / (above + floor);
    out[offset] = share;
    out[offset + 1] = (-share * prelearned) / (prelearned + learnt);
    out[offset + 2] = (-share * learnt * x) / (prelearned + learnt);
    out[offset + 3] = 1 - share;
  },
  starts(curve) {
    const { low, high } = logRange(curve);
    const bends = [low - 1, low, (low + high) / 2, high];
    return [0.1, 0.3, 0.6, 1, 1.6].flatMap((beta) =>
      bends.flatMap((bend) =>
        floorStarts(curve).map((e) => {
          const scale = logAbove(curve, e) + Math.log(Math.exp(beta * bend) + Math.exp(beta * low));
          return [scale, beta * bend, beta, e];
        }),
      ),
    );
  },
  box(curve) {
    const floor = floorBounds(curve);
    return { low: [-60, -30, 0.01, floor.low], high: [90, 70, 4, floor.high] };
  },
  named(parameters, curve) {
    const b = parameters[0] ?? Number.NaN;
    const d = parameters[1] ?? Number.NaN;
    const beta = parameters[2] ?? Number.NaN;
    const e = parameters[3] ?? Number.NaN;
    const floor = floorOf(e, curve);
    return { scale: Math.exp(b), prelearned: Math.exp(d), exponent: beta, decay: null, floor };
  },
};
