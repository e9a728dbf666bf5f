import { type CurveLaw, floorBounds, floorOf, floorStarts, logAbove, logRange } from './curve-law.js';

/** The power law L(N) = B · N^(−β) + E, the rectified law with D_l = 0. Parameters: log B, β, log E. */
export const power: CurveLaw = {
  name: 'power',
  parameters: 3,
  logLoss(parameters, x) {
    const b = parameters[0] ?? Number.NaN;
    const beta = parameters[1] ?? Number.NaN;
    const e = parameters[2] ?? Number.NaN;
    return Math.log(Math.exp(b - beta * x) + Math.exp(e));
  },
  slopes(parameters, x, out, offset) {
    const b = parameters[0] ?? Number.NaN;
    const beta = parameters[1] ?? Number.NaN;
    const e = parameters[2] ?? Number.NaN;
    const above = Math.exp(b - beta * x);
    const share = above / (above + Math.exp(e));
    out[offset] = share;
    out[offset + 1] = -share * x;
    out[offset + 2] = 1 - share;
  },
  starts(curve) {
    const { low } = logRange(curve);
    return [0.03, 0.1, 0.3, 0.6, 1, 1.6].flatMap((beta) =>
      floorStarts(curve).map((e) => [logAbove(curve, e) + beta * low, beta, e]),
    );
  },
  box(curve) {
    const floor = floorBounds(curve);
    return { low: [-60, 0, floor.low], high: [90, 4, floor.high] };
  },
  named(parameters, curve) {
    const b = parameters[0] ?? Number.NaN;
    const beta = parameters[1] ?? Number.NaN;
    const e = parameters[2] ?? Number.NaN;
    const floor = floorOf(e, curve);
    return { scale: Math.exp(b), prelearned: null, exponent: beta, decay: null, floor };
  },
};
