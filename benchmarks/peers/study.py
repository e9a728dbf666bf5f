"""The sweep that a researcher writes by hand: for every budget a mean-difference vector (layer and coefficient picked on
validation), a LoRA, and both; accuracy on test items, and KL to the base model on unrelated text."""
import random

import torch
from language_model import (
    Steered,
    accuracy,
    encode,
    kept,
    load,
    mean_difference,
    read_items,
    tokenizer_of,
    training_batch,
)
from peft import LoraConfig, get_peft_model
from serving import Stopwatch, peak_bytes, serve


def run(request):
    sweep = Sweep(request)
    with Stopwatch() as whole:
        cells = [dict(method="baseline", seconds=0, accuracy=sweep.test_accuracy(sweep.base))]
        for seed in range(request["seeds"]):
            for budget in request["budgets"]:
                cells += sweep.cells(seed, budget)
    return {"seconds": whole.seconds, "cells": cells, "peakBytes": peak_bytes()}


class Sweep:
    def __init__(self, request):
        self.request = request
        self.base = kept(request["model"])
        tokenizer = tokenizer_of(request["model"])
        self.pool = self.encoded(tokenizer, read_items(request["train"]))
        self.test = self.encoded(tokenizer, read_items(request["test"], request["testItems"]))
        self.text = [tokenizer(passage, add_special_tokens=False)["input_ids"][:64] for passage in request["text"]]
        self.reference = self.text_logp(self.base)

    @staticmethod
    def encoded(tokenizer, items):
        return [(item, encode(tokenizer, item)) for item in items]

    def cells(self, seed, budget):
        rng = random.Random(seed)
        shuffled = rng.sample(self.pool, len(self.pool))
        self.validation = shuffled[: self.request["validation"]]
        train = shuffled[self.request["validation"] :][:budget]
        tuned = {}
        works = {
            "steer": lambda: self.steer(self.base, train),
            "lora": lambda: tuned.setdefault("model", self.tune(train, rng)) and self.judge(tuned["model"]),
            "lora+steer": lambda: self.steer(tuned["model"], train),
        }
        for method, work in works.items():
            with Stopwatch() as watch:
                judged = work()
            yield dict(method=method, seed=seed, budget=budget, seconds=watch.seconds, **judged)

    def steer(self, model, train):
        vectors = mean_difference(model, *zip(*train), self.request["layers"])
        best = None
        for layer in self.request["layers"]:
            for coefficient in self.request["coefficients"]:
                with Steered(model, layer, coefficient * vectors[layer]):
                    score = accuracy(model, *zip(*self.validation))
                if best is None or score > best[0]:
                    best = (score, layer, coefficient)
        _, layer, coefficient = best
        with Steered(model, layer, coefficient * vectors[layer]):
            return self.judge(model)

    def tune(self, train, rng):
        config = LoraConfig(r=8, lora_alpha=16, target_modules=["q_proj", "v_proj"])
        model = get_peft_model(load(self.request["model"]), config).train()
        optimizer = torch.optim.AdamW([w for w in model.parameters() if w.requires_grad], 1e-3)
        for _ in range(max(20, 3 * -(-len(train) // 8))):
            drawn = rng.sample(train, 8) if len(train) > 8 else train
            model(**training_batch([options[item["label"]] for item, options in drawn])).loss.backward()
            optimizer.step()
            optimizer.zero_grad()
        return model.merge_and_unload().eval()

    def judge(self, model):
        return dict(accuracy=self.test_accuracy(model), kl=self.kl(model))

    def test_accuracy(self, model):
        return accuracy(model, *zip(*self.test))

    def text_logp(self, model):
        with torch.no_grad():
            return [model(torch.tensor([ids])).logits[0].log_softmax(-1) for ids in self.text]

    def kl(self, model):
        pairs = zip(self.reference, self.text_logp(model))
        return sum((p.exp() * (p - q)).sum(-1).mean().item() for p, q in pairs) / len(self.text)


serve(run)
