import type { TransformerConfig } from '../config.js';

/** A family of models: how its checkpoints say what their blocks are made of. */
export interface Family {
  /** `architecture` of its configs. */
  name: string;
  /** `model_type` of the checkpoints' `config.json`. */
  modelType: string;
  /**
   * Reads a `config.json` of the family.
   * @param place names the file in errors
   * @throws when a field is missing, of the wrong type, or asks for what the decoder does not compute
   */
  parse(json: unknown, place: string): TransformerConfig;
  /** Where its checkpoints hold a tensor; under its own name, by default. */
  stored?(name: string, config: TransformerConfig): StoredTensor;
  /** Tensors of its checkpoints that hold nothing of their own. */
  redundant?: RegExp;
}

/** A tensor's place in a checkpoint: under a name, whole or some of its rows. */
export interface StoredTensor {
  name: string;
  /** Rows of the stored tensor, in the order in which the model has them. */
  rows?: Int32Array;
  /** How many rows the stored tensor has. */
  storedRows?: number;
}
