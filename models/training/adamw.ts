import type { Tensor, Tensor1D, Variable } from '@tensorflow/tfjs-core';
import type { TensorValues } from '../checkpoints/checkpoint.js';
import { add, addNumber, chain, div, divNumber, reshape, scale, sqrt, square, sub } from '../operations.js';
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
 * Assigns to the parameters, which stay the caller's; owns the moments. Small parameters are updated together: an
 * operation on a few numbers costs as much as one on thousands, and the bits are the same.
 */
export class AdamW implements Disposable {
  readonly #packs: readonly Pack[];
  readonly #options: Required<Omit<AdamWOptions, 'state'>>;
  #steps: number;

  /** @throws when a parameter is not a variable or the state belongs to parameters of other shapes */
  constructor(parameters: readonly Tensor[], options: AdamWOptions) {
    const { learningRate, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0, state } = options;
    this.#options = { learningRate, beta1, beta2, epsilon, weightDecay };
    this.#steps = state?.steps ?? 0;
    const variables = parameters.map(asVariable);
    if (state !== undefined) checkState(variables, state);
    this.#packs = inPacks(variables).map(({ first, members }) => {
      const moment = (saved: readonly TensorValues[] | undefined) =>
        flatVariable(members, saved?.slice(first, first + members.length));
      return { first, members, mean: moment(state?.means), variance: moment(state?.variances) };
    });
  }

  /**
   * Changes every parameter against its gradient and disposes the gradients.
   * @param learningRate of this step, where a schedule changes it
   * @throws when there are not as many gradients as parameters
   */
  step(gradients: readonly Tensor[], learningRate = this.#options.learningRate): void {
    const count = this.#packs.reduce((sum, { members }) => sum + members.length, 0);
    if (gradients.length !== count) {
      throw new Error(`AdamW got ${gradients.length} gradients, expected ${count}`);
    }
    this.#steps += 1;
    for (const pack of this.#packs) {
      const own = gradients.slice(pack.first, pack.first + pack.members.length);
      tf.tidy(() => this.#update(pack, flat(own), learningRate));
    }
    tf.dispose([...gradients]);
  }

  state(): AdamWState {
    return {
      steps: this.#steps,
      means: this.#packs.flatMap(({ mean, members }) => valuesOf(mean, members)),
      variances: this.#packs.flatMap(({ variance, members }) => valuesOf(variance, members)),
    };
  }

  [Symbol.dispose](): void {
    for (const { mean, variance } of this.#packs) tf.dispose([mean, variance]);
  }

  #update({ members, mean, variance }: Pack, gradient: Tensor1D, learningRate: number): void {
    const { beta1, beta2, epsilon, weightDecay } = this.#options;
    const decayed = (moment: Variable, share: number, addend: Tensor) =>
      chain(scale<Tensor>(moment, share), (kept) => add(kept, addend));
    tf.tidy(() => mean.assign(decayed(mean, beta1, scale(gradient, 1 - beta1))));
    tf.tidy(() => {
      const squares = chain(square(gradient), (own) => scale(own, 1 - beta2));
      variance.assign(decayed(variance, beta2, squares));
    });
    const correction = Math.sqrt(1 - beta2 ** this.#steps);
    const change = tf.tidy(() => {
      const spread = chain(
        sqrt<Tensor>(variance),
        (root) => divNumber(root, correction),
        (root) => addNumber(root, epsilon),
      );
      const rate = learningRate / (1 - beta1 ** this.#steps);
      return chain(div<Tensor>(mean, spread), (step) => scale(step, rate));
    });
    const before = flat(members);
    const kept = weightDecay === 0 ? before : scale(before, 1 - learningRate * weightDecay);
    const changed = sub(kept, change);
    for (const [index, part] of split(changed, members).entries()) members[index]?.assign(part);
  }
}

/** Parameters that follow one another, updated together; `first` is the place of the first among all. */
interface Pack {
  first: number;
  members: readonly Variable[];
  mean: Variable; // of all members in their order, flat
  variance: Variable;
}

/** Above this many numbers an operation's own cost no longer counts, and joining them would cost memory. */
const PACK_SIZE = 2 ** 16;

function inPacks(variables: readonly Variable[]): Pick<Pack, 'first' | 'members'>[] {
  const packs: { first: number; members: Variable[]; size: number }[] = [];
  for (const [index, variable] of variables.entries()) {
    const last = packs.at(-1);
    if (last !== undefined && last.size + variable.size <= PACK_SIZE) {
      last.members.push(variable);
      last.size += variable.size;
    } else packs.push({ first: index, members: [variable], size: variable.size });
  }
  return packs;
}

/** Values of several tensors one after another. */
function flat(tensors: readonly Tensor[]): Tensor1D {
  const parts = tensors.map((tensor) => reshape<Tensor1D>(tensor, [tensor.size]));
  const [only] = parts;
  return only !== undefined && parts.length === 1 ? only : tf.concat1d(parts);
}

/** The inverse of `flat`. */
function split(values: Tensor1D, like: readonly Tensor[]): Tensor[] {
  const sizes = like.map(({ size }) => size);
  const parts = sizes.length === 1 ? [values] : tf.split(values, sizes);
  return parts.map((part, index) => reshape(part, like[index]?.shape ?? []));
}

function asVariable(tensor: Tensor, index: number): Variable {
  if (tensor instanceof tf.Variable) return tensor;
  throw new Error(`parameter ${index} of shape [${tensor.shape}] is a constant; make it with tf.variable`);
}

function checkState(variables: readonly Variable[], { means, variances }: AdamWState): void {
  for (const saved of [means, variances]) {
    const wrong = variables.findIndex(({ shape }, index) => saved[index]?.shape.join() !== shape.join());
    if (wrong < 0) continue;
    throw new Error(
      `the saved optimiser state has a moment of shape [${saved[wrong]?.shape}], expected [${variables[wrong]?.shape}]`,
    );
  }
}

/** Moments of the members, flat: saved ones, or zeros, which are made where they stay, not copied there. */
function flatVariable(members: readonly Variable[], saved: readonly TensorValues[] | undefined): Variable {
  const length = members.reduce((sum, { size }) => sum + size, 0);
  if (saved === undefined) return tf.tidy(() => tf.variable(tf.fill([length], 0), false));
  const values = new Float32Array(length);
  let start = 0;
  for (const [index, { size }] of members.entries()) {
    values.set(saved[index]?.values ?? [], start);
    start += size;
  }
  return tf.tidy(() => tf.variable(tf.tensor1d(values), false));
}

function valuesOf(flatMoment: Variable, members: readonly Variable[]): TensorValues[] {
  const values = flatMoment.dataSync<'float32'>();
  let start = 0;
  return members.map(({ shape, size }) => {
    start += size;
    return { shape: [...shape], values: Float32Array.from(values.subarray(start - size, start)) };
  });
}
