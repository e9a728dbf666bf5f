import type { CurveLaw } from '../../../../evaluation/statistics/laws/curve-law.js';

/**
 * The plain law as it was fitted to the published curves, L(N) = (B · N^(−β) + E)^α with α and β of either sign: Kaplan
 * et al. 2020 at a fixed model size. Parameters: log B, β, log E, α.
 */
export const plain: CurveLaw = {
  name: 'power',
  parameters: 4,
  logLoss(parameters, x) {
    const b = parameters[0] ?? Number.NaN;
    const beta = parameters[1] ?? Number.NaN;
    const e = parameters[2] ?? Number.NaN;
    const alpha = parameters[3] ?? Number.NaN;
    return alpha * Math.log(Math.exp(b - beta * x) + Math.exp(e));
  },
  slopes(parameters, x, out, offset) {
    const b = parameters[0] ?? Number.NaN;
    const beta = parameters[1] ?? Number.NaN;
    const e = parameters[2] ?? Number.NaN;
    const alpha = parameters[3] ?? Number.NaN;
    const above = Math.exp(b - beta * x);
    const whole = above + Math.exp(e);
    out[offset] = (alpha * above) / whole;
    out[offset + 1] = (-alpha * x * above) / whole;
    out[offset + 2] = alpha * (1 - above / whole);
    out[offset + 3] = Math.log(whole);
  },
  starts({ losses: [first = Number.NaN] }) {
    return [0.05, 0.2, 0.5, 1].flatMap((beta) =>
      [-1, 0.3].flatMap((e) =>
        [-2, -0.5, 0.2, 1, 5].map((alpha) => {
          const sign = Math.sign(alpha);
          return [Math.log(first) / alpha + sign * beta * 5, sign * beta, e * sign, alpha];
        }),
      ),
    );
  },
  box: () => ({ low: [-60, -4, -30, -300], high: [60, 4, 30, 300] }),
  named: () => ({ scale: Number.NaN, prelearned: null, exponent: null, decay: null, floor: Number.NaN }),
};
