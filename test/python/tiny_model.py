"""The tiny Llama of the fixtures in transformers, and the treatments of crossover written as hooks in PyTorch."""

import json
from contextlib import contextmanager
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM


def load(folder):
    """The model in float32; transformers 4 looks for the rotary base where transformers 5 no longer writes it."""
    config = json.loads((Path(folder) / "config.json").read_text())
    theta = config["rope_parameters"]["rope_theta"]
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, rope_theta=theta)
    return model.eval().requires_grad_(False)


def logits(model, ids):
    """[tokens, V]"""
    return model(torch.tensor([ids])).logits[0]


def option_logprob(model, prompt, option):
    """Sum over the option's tokens of the log-probability of each after what comes before it."""
    scores = torch.log_softmax(logits(model, prompt + option), dim=-1)
    return sum(scores[len(prompt) - 1 + j, token] for j, token in enumerate(option))


def acting(positions, prompt, length):
    """Indices of the tokens that an intervention acts on, in a text of `length` tokens whose first `prompt` are the prompt."""
    if positions == "all":
        return list(range(length))
    if positions == "after-prompt":
        return list(range(prompt - 1, length))
    if positions == "last":
        return [prompt - 1]
    first, last = positions["first"], positions["last"]
    return [i for i in range(prompt) if i < first or i >= prompt - last]


@contextmanager
def changing_block(model, layer, change, indices):
    """Adds change(h) to the output of a block at some positions."""

    def hook(_module, _inputs, output):
        h = output[0] if isinstance(output, tuple) else output
        mask = torch.zeros(h.shape[1], 1, dtype=h.dtype)
        mask[indices] = 1
        changed = h + mask * change(h)
        return (changed, *output[1:]) if isinstance(output, tuple) else changed

    handle = model.model.layers[layer].register_forward_hook(hook)
    try:
        yield
    finally:
        handle.remove()
