import type { RopeScaling } from '../config.js';
import type { GgufFile } from './gguf-file.js';

export interface GgufRope {
  theta: number;
  headDim: number;
  /** `rope.scaling.type`, and `rope.scaling.factor` or what it was called before, `rope.scale_linear`. */
  type?: string | undefined;
  factor?: number | undefined;
}

/**
 * Rescaling of rotary frequencies as a GGUF file states it; what it leaves out is filled in as by llama.cpp
 * (llama-model.cpp): the type is linear, the factor 1.
 * @throws when it is of an unknown kind
 */
export function ggufRopeScaling(file: GgufFile, rope: GgufRope): RopeScaling | undefined {
  if (file.shapes.has('rope_freqs.weight')) return llama3Scaling(file, rope);
  const { type = 'linear', factor = 1 } = rope;
  if (type === 'none' || (type === 'linear' && factor === 1)) return undefined;
  if (type === 'linear') return { type, factor };
  throw new Error(
    `${file.place}: rotary scaling is "${type}" with factor ${factor}, expected "none" or "linear"`,
  );
}

/**
 * Llama 3's scaling is stored in GGUF only as the divisor of each rotary frequency. All of Meta's releases share
 * the three constants below and differ in the factor, the largest divisor; anything else is refused.
 */
function llama3Scaling(file: GgufFile, rope: GgufRope): RopeScaling {
  const { values: divisors } = file.read('rope_freqs.weight');
  const scaling = {
    type: 'llama3',
    factor: Math.max(...divisors),
    lowFrequencyFactor: 1,
    highFrequencyFactor: 4,
    originalContextLength: 8192,
  } as const;
  const agrees =
    divisors.length === rope.headDim / 2 &&
    divisors.every((divisor, i) => Math.abs(divisor / llama3Divisor(scaling, rope, i) - 1) < 1e-4);
  if (agrees) return scaling;
  throw new Error(
    `${file.place}: tensor rope_freqs.weight is not Llama 3's scaling by ${scaling.factor} from 8192 tokens; use the safetensors checkpoint, whose config states the scaling`,
  );
}

// Frequencies above the high bound are kept, those below the low bound are divided by the factor, between them the
// two are blended (transformers, modeling_rope_utils.py, _compute_llama3_parameters).
function llama3Divisor(
  scaling: Extract<RopeScaling, { type: 'llama3' }>,
  rope: GgufRope,
  index: number,
): number {
  const wavelength = 2 * Math.PI * rope.theta ** ((2 * index) / rope.headDim);
  const { factor, lowFrequencyFactor: low, highFrequencyFactor: high, originalContextLength } = scaling;
  const turns = originalContextLength / wavelength;
  const blend = Math.min(1, Math.max(0, (turns - low) / (high - low)));
  return 1 / ((1 - blend) / factor + blend);
}
