import type { Tensor, Variable } from '@tensorflow/tfjs-core';
import type { TensorValues } from '../checkpoints/checkpoint.js';
import { tf } from '../tensorflow.js';

export interface AdamWOptions {
  learningRate: number;
  beta1?: number;
  beta2?: number;
  epsilon?: number;
  weightDecay?: number;
  /** Moments to go on from, saved by an optimiser of the same parameters. */
  state?: AdamWState;
}

/** All that an optimiser needs, beside its parameters, to go on where it stopped. */
export interface AdamWState {
  steps: number;
  means: TensorValues[];
  variances: TensorValues[];
}

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter 2019, algorithm 2) in PyTorch's order of operations.
 * Assigns to the parameters, which stay the caller's; owns the moments.
 */
export class AdamW implements Disposable {
  readonly #parameters: readonly Parameter[];
  readonly #options: Required<Omit<AdamWOptions, 'state'>>;
  #steps: number;

  /** @throws when a parameter is not a variable or the state belongs to parameters of other shapes */
  constructor(parameters: readonly Tensor[], options: AdamWOptions) {
    const { learningRate, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0, state } = options;
    this.#options = { learningRate, beta1, beta2, epsilon, weightDecay };
    this.#steps = state?.steps ?? 0;
    this.#parameters = parameters.map((tensor, index) => {
      const variable = asVariable(tensor, index);
      if (state === undefined) return { variable, mean: zeros(variable), variance: zeros(variable) };
      const [mean, variance] = [state.means[index], state.variances[index]];
      return { variable, mean: restored(variable, mean), variance: restored(variable, variance) };
    });
  }

  /**
   * Changes every parameter against its gradient and disposes the gradients.
   * @param learningRate of this step, where a schedule changes it
   * @throws when there are not as many gradients as parameters
   */
  step(gradients: readonly Tensor[], learningRate = this.#options.learningRate): void {
    if (gradients.length !== this.#parameters.length) {
      throw new Error(`AdamW got ${gradients.length} gradients, expected ${this.#parameters.length}`);
    }
    this.#steps += 1;
    for (const [index, parameter] of this.#parameters.entries()) {
      const gradient = gradients[index];
      if (gradient !== undefined) tf.tidy(() => this.#update(parameter, gradient, learningRate));
    }
    tf.dispose([...gradients]);
  }

  state(): AdamWState {
    return {
      steps: this.#steps,
      means: this.#parameters.map(({ mean }) => tensorValues(mean)),
      variances: this.#parameters.map(({ variance }) => tensorValues(variance)),
    };
  }

  [Symbol.dispose](): void {
    for (const { mean, variance } of this.#parameters) tf.dispose([mean, variance]);
  }

  #update({ variable, mean, variance }: Parameter, gradient: Tensor, learningRate: number): void {
    const { beta1, beta2, epsilon, weightDecay } = this.#options;
    mean.assign(tf.add(tf.mul(mean, beta1), tf.mul(gradient, 1 - beta1)));
    variance.assign(tf.add(tf.mul(variance, beta2), tf.mul(tf.square(gradient), 1 - beta2)));
    const correction = Math.sqrt(1 - beta2 ** this.#steps);
    const scale = tf.add(tf.div(tf.sqrt(variance), correction), epsilon);
    const change = tf.mul(tf.div(mean, scale), learningRate / (1 - beta1 ** this.#steps));
    variable.assign(tf.sub(tf.mul(variable, 1 - learningRate * weightDecay), change));
  }
}

interface Parameter {
  variable: Variable;
  mean: Variable;
  variance: Variable;
}

function asVariable(tensor: Tensor, index: number): Variable {
  if (tensor instanceof tf.Variable) return tensor;
  throw new Error(`parameter ${index} of shape [${tensor.shape}] is a constant; make it with tf.variable`);
}

function zeros(variable: Variable): Variable {
  return ownVariable(tf.zerosLike(variable));
}

function restored({ shape }: Variable, saved: TensorValues | undefined): Variable {
  if (saved !== undefined && saved.shape.join() === shape.join()) {
    return ownVariable(tf.tensor(saved.values, saved.shape, 'float32'));
  }
  throw new Error(`the saved optimiser state has a moment of shape [${saved?.shape}], expected [${shape}]`);
}

function ownVariable(initial: Tensor): Variable {
  const variable = tf.variable(initial, false);
  initial.dispose();
  return variable;
}

function tensorValues(tensor: Tensor): TensorValues {
  return { shape: [...tensor.shape], values: Float32Array.from(tensor.dataSync<'float32'>()) };
}
