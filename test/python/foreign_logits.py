"""Prints the logits [tokens, V] of a tiny model under an adapter loaded by PEFT, or under a GGUF control vector that is read as repeng
reads it and added by steering-vectors.

    python foreign_logits.py <folder of tiny-llama> <comma-separated token ids> --adapter <folder> | --vector <file>
"""

import json
import sys

import torch
from gguf import GGUFReader
from peft import PeftModel
from steering_vectors import SteeringVector

import tiny_model


def control_vector(path):
    reader = GGUFReader(path)
    fields = {name: field.contents() for name, field in reader.fields.items()}
    assert fields["general.architecture"] == "controlvector", fields
    assert fields["controlvector.model_hint"] == "llama", fields
    assert fields["controlvector.layer_count"] == len(reader.tensors), fields
    return {int(tensor.name.removeprefix("direction.")): torch.tensor(tensor.data) for tensor in reader.tensors}


def main(folder, ids, form, path):
    model = tiny_model.load(folder)
    if form == "--adapter":
        model = PeftModel.from_pretrained(model, path).eval()
    else:
        SteeringVector(control_vector(path)).patch_activations(model)
    with torch.no_grad():
        print(json.dumps(tiny_model.logits(model, [int(token) for token in ids.split(",")]).tolist()))


main(*sys.argv[1:])
