/** Where the files of a model are on this machine. */
export type ModelLocation =
  | {
      format: 'gguf';
      /** The name the model was asked for by. */
      name: string;
      file: string;
      /** SHA-256 the file must have, where it was published. */
      sha256?: string;
      licence?: string;
    }
  | {
      /** A folder in the layout of the hub: config.json, safetensors, and tokenizer files if there are any. */
      format: 'safetensors';
      name: string;
      folder: string;
      licence?: string;
    };
