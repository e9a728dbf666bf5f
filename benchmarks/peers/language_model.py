"""A causal language model as PyTorch code uses it: float32, a batch of similar lengths, logits where they are asked for."""
import json
from functools import lru_cache

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer


def load(folder):
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()


@lru_cache
def kept(folder):
    return load(folder)


@lru_cache
def tokenizer_of(folder):
    return AutoTokenizer.from_pretrained(folder)


def read_items(path, limit=None):
    """Lines of {"prompt": text, "options": [text], "label": index}."""
    with open(path) as file:
        rows = [json.loads(line) for line in file]
    return rows[:limit]


def encode(tokenizer, item):
    """(prompt ids, option ids) of every option; an option follows its prompt after one space."""
    ids = lambda text: tokenizer(text, add_special_tokens=False)["input_ids"]
    prompt = ids(item["prompt"])
    return [(prompt, ids(" " + option)) for option in item["options"]]


def score(model, pairs, batch=16):
    """log p(option | prompt) of every pair, summed over the option's tokens; batches sorted by length."""
    order = sorted(range(len(pairs)), key=lambda i: -len(pairs[i][0]) - len(pairs[i][1]))
    scores = [0.0] * len(pairs)
    with torch.no_grad():
        for start in range(0, len(order), batch):
            chunk = order[start : start + batch]
            ids, mask = padded([pairs[i][0] + pairs[i][1] for i in chunk])
            hidden = model.model(ids, attention_mask=mask).last_hidden_state
            asked = [
                (row, len(pairs[i][0]) - 1 + k, token)
                for row, i in enumerate(chunk)
                for k, token in enumerate(pairs[i][1])
            ]
            rows, places, tokens = (list(values) for values in zip(*asked))
            logp = model.lm_head(hidden[rows, places]).log_softmax(-1)[range(len(tokens)), tokens]
            for row, value in zip(rows, logp.tolist()):
                scores[chunk[row]] += value
    return scores


def padded(rows):
    width = max(map(len, rows))
    ids = torch.zeros(len(rows), width, dtype=torch.long)
    mask = torch.zeros_like(ids)
    for index, row in enumerate(rows):
        ids[index, : len(row)] = torch.tensor(row)
        mask[index, : len(row)] = 1
    return ids, mask


def training_batch(pairs):
    """Ids, mask and labels (-100 where nothing is learned) of (prompt ids, answer ids)."""
    ids, mask = padded([prompt + answer for prompt, answer in pairs])
    labels = torch.full_like(ids, -100)
    for index, (prompt, answer) in enumerate(pairs):
        labels[index, len(prompt) : len(prompt) + len(answer)] = torch.tensor(answer)
    return {"input_ids": ids, "attention_mask": mask, "labels": labels}


def accuracy(model, items, encoded):
    scores = iter(score(model, [pair for item in encoded for pair in item]))
    hits = 0
    for item, options in zip(items, encoded):
        own = [next(scores) for _ in options]
        hits += own.index(max(own)) == item["label"]
    return hits / len(items)


class Steered:
    """Adds a vector to the output of a block while inside `with`."""

    def __init__(self, model, layer, vector):
        self.block, self.vector = model.model.layers[layer], vector

    def __enter__(self):
        def add(module, inputs, output):
            return (output[0] + self.vector, *output[1:]) if isinstance(output, tuple) else output + self.vector

        self.handle = self.block.register_forward_hook(add)

    def __exit__(self, *_):
        self.handle.remove()


def mean_difference(model, items, encoded, layers):
    """Mean over items of right − mean of wrong, at the last token of the options; layer → [C]."""
    sums = dict.fromkeys(layers, 0)
    with torch.no_grad():
        for item, options in zip(items, encoded):
            ids, mask = padded([prompt + option for prompt, option in options])
            states = model.model(ids, attention_mask=mask, output_hidden_states=True).hidden_states
            ends = [len(prompt) + len(option) - 1 for prompt, option in options]
            wrong = [k for k in range(len(options)) if k != item["label"]]
            for layer in layers:
                last = states[layer + 1][range(len(options)), ends]
                sums[layer] = sums[layer] + last[item["label"]] - last[wrong].mean(0)
    return {layer: total / len(items) for layer, total in sums.items()}
