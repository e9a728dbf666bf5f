import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import util from 'node:util';
import type * as TensorFlow from '@tensorflow/tfjs-core';

/** Where tensors live; `gpu` needs the package `@tensorflow/tfjs-node-gpu` and a CUDA libtensorflow. */
export type Device = 'cpu' | 'gpu';

export const device: Device = parseDevice(process.env.CROSSOVER_DEVICE);

/**
 * The tfjs API on libtensorflow: the one place where TensorFlow is loaded, at its first use. A method's file declares its
 * options too, and those are read by processes that must stay without TensorFlow.
 */
export const tf: typeof TensorFlow = atFirstUse(() => loadTensorFlow(device));

function atFirstUse<T extends object>(load: () => T): T {
  let loaded: T | undefined;
  return new Proxy(Object.create(null), {
    get(_, name) {
      loaded ??= load();
      return Reflect.get(loaded, name);
    },
  });
}

/** An attribute of a TensorFlow operation: an element type, or a flag. */
export type OpAttribute = { type: 'float32' | 'int32' } | { flag: boolean };

/**
 * A TensorFlow operation, called without the conversions and checks of tfjs, which cost more than the operation itself
 * on a few thousand numbers. Results belong to the surrounding `tf.tidy`, as those of tfjs do.
 * @param name the operation's name in TensorFlow, e.g. `Roll`
 * @param outputs how many tensors the operation returns
 * @returns what throws when TensorFlow does not know the operation or refuses its inputs
 */
export function operation(
  name: string,
  { attributes, outputs = 1 }: { attributes: Readonly<Record<string, OpAttribute>>; outputs?: number },
): (inputs: TensorFlow.Tensor[]) => TensorFlow.Tensor[] {
  // The element types' numbers are known once TensorFlow is loaded.
  let bound: { backend: NodeBackend; encoded: EncodedAttribute[] } | undefined;
  return (inputs) => {
    bound ??= bind(attributes);
    const results = bound.backend.executeMultipleOutputs(name, bound.encoded, inputs, outputs);
    if (results.length !== outputs) {
      throw new Error(`${name} returned ${results.length} tensors, expected ${outputs}`);
    }
    return results;
  };
}

function bind(attributes: Readonly<Record<string, OpAttribute>>): {
  backend: NodeBackend;
  encoded: EncodedAttribute[];
} {
  const backend = nodeBackend();
  const encoded = Object.entries(attributes).map(([attribute, value]) =>
    encodeAttribute(backend.binding, attribute, value),
  );
  return { backend, encoded };
}

/** One call of a TensorFlow operation, with the shapes of what went in. */
export interface ObservedOperation {
  name: string;
  milliseconds: number;
  inputs: readonly (readonly number[])[];
}

/** Tells of every operation from now on, those that tfjs calls itself included; what is told must be quick to hear. */
export function observeOperations(tell: (operation: ObservedOperation) => void): void {
  const backend = nodeBackend();
  // One of the two calls the other; the outer one is told.
  let depth = 0;
  const observed =
    <A extends readonly unknown[], R>(
      execute: (name: string, attributes: EncodedAttribute[], ...rest: A) => R,
    ) =>
    (name: string, attributes: EncodedAttribute[], ...rest: A): R => {
      const start = performance.now();
      depth += 1;
      try {
        return execute.call(backend, name, attributes, ...rest);
      } finally {
        depth -= 1;
        const [inputs] = rest;
        if (depth === 0) tell({ name, milliseconds: performance.now() - start, inputs: shapesOf(inputs) });
      }
    };
  backend.executeSingleOutput = observed(backend.executeSingleOutput);
  backend.executeMultipleOutputs = observed(backend.executeMultipleOutputs);
}

function shapesOf(inputs: unknown): number[][] {
  return Array.isArray(inputs) ? inputs.map(({ shape }) => shape) : [];
}

/** Raised whenever the engine's own code gives other bits for the same weights and tokens, or other tokens for the same text. */
export const ENGINE_VERSION = '6';

/** The library that `tf` loads, found without loading it. */
export function tensorflowLibrary(): string {
  return join(packageFolder(device), 'deps', 'lib', 'libtensorflow.so');
}

/** Facts that decide whether two hosts compute the same bits; part of a cell's key. */
export function numericBackend(): { engine: string; tensorflow: string; device: Device } {
  return { engine: ENGINE_VERSION, tensorflow: nodeBackend().binding.TF_Version, device };
}

interface EncodedAttribute {
  name: string;
  type: number;
  value: number | boolean;
}

interface NodeBinding {
  TF_Version: string;
  TF_ATTR_TYPE: number;
  TF_ATTR_BOOL: number;
  TF_FLOAT: number;
  TF_INT32: number;
}

interface NodeBackend {
  binding: NodeBinding;
  executeSingleOutput: (
    name: string,
    attributes: EncodedAttribute[],
    inputs: TensorFlow.TensorInfo[],
  ) => TensorFlow.Tensor;
  executeMultipleOutputs: (
    name: string,
    attributes: EncodedAttribute[],
    inputs: TensorFlow.TensorInfo[],
    outputs: number,
  ) => TensorFlow.Tensor[];
}

function parseDevice(value: string | undefined): Device {
  if (value === undefined || value === '' || value === 'cpu') return 'cpu';
  if (value === 'gpu') return 'gpu';
  throw new Error(`CROSSOVER_DEVICE is ${JSON.stringify(value)}, expected "cpu" or "gpu"`);
}

function loadTensorFlow(chosen: Device): typeof TensorFlow {
  const name = packageOf(chosen);
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
  // The generated code of Eigen's products does not survive a signal: under Node's profiler, which sends a thousand a
  // second, they corrupted the heap. Plain Eigen is as fast for the small products it is used for (transformer/matmul.ts).
  process.env.TENSORFLOW_USE_CUSTOM_CONTRACTION_KERNEL ??= '0';
  restoreRemovedNodeFunctions();
  const library = built(name, () => createRequire(import.meta.url)(name));
  if (chosen === 'cpu') built('the fused operations', loadKernels);
  return library;
}

/** Our own operations for processors (kernels/), which TensorFlow knows from then on. */
function loadKernels(): void {
  process.dlopen({ exports: {} }, join(packageFolder('cpu'), 'lib', 'crossover-kernels', 'kernels.node'));
}

function built<T>(what: string, load: () => T): T {
  try {
    return load();
  } catch (cause) {
    throw new Error(`cannot load ${what}; run \`npm run setup\`, which builds it for this machine`, {
      cause,
    });
  }
}

function packageFolder(chosen: Device): string {
  return dirname(createRequire(import.meta.url).resolve(`${packageOf(chosen)}/package.json`));
}

function packageOf(chosen: Device): string {
  return chosen === 'gpu' ? '@tensorflow/tfjs-node-gpu' : '@tensorflow/tfjs-node';
}

// tfjs-node 4.22 calls two functions that Node 23 removed.
function restoreRemovedNodeFunctions(): void {
  const removed = {
    isNullOrUndefined: (value: unknown) => value === null || value === undefined,
    isArray: Array.isArray,
  };
  for (const [name, restored] of Object.entries(removed)) {
    if (!(name in util)) Object.defineProperty(util, name, { value: restored });
  }
}

function nodeBackend(): NodeBackend {
  const backend: unknown = tf.backend();
  if (isNodeBackend(backend)) return backend;
  throw new Error(`the tensor backend is "${tf.getBackend()}", expected "tensorflow"`);
}

function isNodeBackend(backend: unknown): backend is NodeBackend {
  return typeof backend === 'object' && backend !== null && 'executeMultipleOutputs' in backend;
}

function encodeAttribute(binding: NodeBinding, name: string, attribute: OpAttribute): EncodedAttribute {
  if ('flag' in attribute) return { name, type: binding.TF_ATTR_BOOL, value: attribute.flag };
  const value = attribute.type === 'float32' ? binding.TF_FLOAT : binding.TF_INT32;
  return { name, type: binding.TF_ATTR_TYPE, value };
}
