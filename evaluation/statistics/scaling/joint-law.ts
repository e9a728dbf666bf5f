import { HUBER_DELTA } from '../laws/fit-law.js';
import { type Box, type Minimum, minimum, type Residuals } from '../laws/levenberg-marquardt.js';

/** A mean loss at log capability x and log examples z, of one of the stages that are fitted together. */
export type JointPoint = { x: number; z: number; loss: number; stage: number };

export type JointForm = 'multiplicative' | 'additive';

/** Parameters of one stage; `logDataScale` of the additive form alone. */
export type JointParameters = {
  logScale: number;
  alpha: number;
  logDataScale: number | null;
  beta: number;
  logFloor: number;
};

export type JointFit = {
  form: JointForm;
  stages: number;
  parameters: Float64Array;
  loss: number;
  converged: boolean;
};

/**
 * The joint law of loss in capability X and examples N (Zhang et al. 2024, arXiv 2402.17193): multiplicative,
 * L = A·X^(−α)·N^(−β) + E (equation 1), or additive, L = A·X^(−α) + B·N^(−β) + E. Points of several stages share β and E,
 * and each has its own A, α and B. Huber's loss on log L, the best of a grid of starts, or from a known fit on.
 */
export function fitJoint(points: readonly JointPoint[], form: JointForm, from?: JointFit): JointFit {
  const stages = Math.max(...points.map(({ stage }) => stage)) + 1;
  const box = boxOf(points, form, stages);
  const options = { points: points.length, box, delta: HUBER_DELTA };
  const search = (start: readonly number[], maxIterations: number) =>
    minimum(residualsOf(points, form, stages), start, { ...options, maxIterations });
  const fitOf = ({ parameters, loss, converged }: Minimum): JointFit => ({
    form,
    stages,
    parameters,
    loss,
    converged,
  });
  if (from !== undefined) return fitOf(search([...from.parameters], 60));
  const first = startsOf(points, form, stages).map((start) => search(start, 30));
  const leading = first.toSorted((one, other) => one.loss - other.loss).slice(0, FINALISTS);
  const found = leading.map(({ parameters }) => search([...parameters], 500));
  return fitOf(found.reduce((one, other) => (other.loss < one.loss ? other : one)));
}

const FINALISTS = 4;

/** log L of the law at a point. */
export function jointLogLoss(
  fit: Pick<JointFit, 'form' | 'stages' | 'parameters'>,
  point: Omit<JointPoint, 'loss'>,
): number {
  const { logScale, alpha, logDataScale, beta, logFloor } = jointParameters(fit, point.stage);
  const floor = Math.exp(logFloor);
  if (logDataScale === null) return Math.log(Math.exp(logScale - alpha * point.x - beta * point.z) + floor);
  return Math.log(Math.exp(logScale - alpha * point.x) + Math.exp(logDataScale - beta * point.z) + floor);
}

/** How many numbers a fit has. */
export function jointSize(form: JointForm, stages: number): number {
  return perStage(form) * stages + 2;
}

export function jointParameters(
  { form, stages, parameters }: Pick<JointFit, 'form' | 'stages' | 'parameters'>,
  stage: number,
): JointParameters {
  const at = (index: number) => parameters[index] ?? Number.NaN;
  const first = perStage(form) * stage;
  const shared = perStage(form) * stages;
  return {
    logScale: at(first),
    alpha: at(first + 1),
    logDataScale: form === 'additive' ? at(first + 2) : null,
    beta: at(shared),
    logFloor: at(shared + 1),
  };
}

// Stage by stage log A, α and, in the additive form, log B; then β and log E.
function perStage(form: JointForm): number {
  return form === 'additive' ? 3 : 2;
}

function residualsOf(points: readonly JointPoint[], form: JointForm, stages: number): Residuals {
  const size = jointSize(form, stages);
  const shared = perStage(form) * stages;
  return (parameters, residuals, slopes) => {
    for (const [index, { x, z, loss, stage }] of points.entries()) {
      const of = jointParameters({ form, stages, parameters }, stage);
      const floor = Math.exp(of.logFloor);
      const capability = Math.exp(of.logScale - of.alpha * x - (form === 'additive' ? 0 : of.beta * z));
      const data = of.logDataScale === null ? 0 : Math.exp(of.logDataScale - of.beta * z);
      const whole = capability + data + floor;
      residuals[index] = Math.log(whole / loss);
      if (slopes === undefined) continue;
      const row = index * size;
      slopes.fill(0, row, row + size);
      const first = row + perStage(form) * stage;
      slopes[first] = capability / whole;
      slopes[first + 1] = (-x * capability) / whole;
      if (form === 'additive') slopes[first + 2] = data / whole;
      slopes[row + shared] = (-z * (form === 'additive' ? data : capability)) / whole;
      slopes[row + shared + 1] = floor / whole;
    }
  };
}

function boxOf(points: readonly JointPoint[], form: JointForm, stages: number): Box {
  const losses = points.map(({ loss }) => loss);
  const own =
    form === 'additive' ? { low: [-60, -2, -60], high: [90, 4, 90] } : { low: [-60, -2], high: [90, 4] };
  const repeated = (bounds: number[]) => Array.from({ length: stages }, () => bounds).flat();
  return {
    low: [...repeated(own.low), 0, Math.log(Math.min(...losses)) - 12],
    high: [...repeated(own.high), 4, Math.log(Math.max(...losses))],
  };
}

function startsOf(points: readonly JointPoint[], form: JointForm, stages: number): number[][] {
  const [largest, smallest] = [
    Math.max(...points.map(({ loss }) => loss)),
    Math.min(...points.map(({ loss }) => loss)),
  ];
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [x, z] = [mean(points.map((point) => point.x)), mean(points.map((point) => point.z))];
  return [0.1, 0.5].flatMap((alpha) =>
    [0.05, 0.2, 0.6].flatMap((beta) =>
      [0.02, 0.5, 0.9].map((share) => {
        const above = Math.log((largest + smallest) / 2 - share * smallest);
        const own =
          form === 'additive'
            ? [above - Math.LN2 + alpha * x, alpha, above - Math.LN2 + beta * z]
            : [above + alpha * x + beta * z, alpha];
        return [...Array.from({ length: stages }, () => own).flat(), beta, Math.log(share * smallest)];
      }),
    ),
  );
}
