"""LoRA on the upper layers, some epochs over some items, as PEFT does it: all layers are computed at every step."""
import random

import torch
from language_model import encode, load, read_items, tokenizer_of, training_batch
from peft import LoraConfig, get_peft_model
from serving import Stopwatch, peak_bytes, serve


def run(request):
    torch.manual_seed(0)
    shuffle = random.Random(0)
    items = read_items(request["items"], request["limit"])
    encoded = [encode(tokenizer_of(request["model"]), item)[item["label"]] for item in items]
    layers = request["layers"]
    config = LoraConfig(
        r=8, lora_alpha=16, target_modules=["q_proj", "v_proj"], layers_to_transform=layers
    )
    model = get_peft_model(load(request["model"]), config).train()
    optimizer = torch.optim.AdamW([w for w in model.parameters() if w.requires_grad], request["rate"])
    with Stopwatch() as watch:
        for _ in range(request["epochs"]):
            order = shuffle.sample(encoded, len(encoded))
            for start in range(0, len(order), request["batch"]):
                loss = model(**training_batch(order[start : start + request["batch"]])).loss
                loss.backward()
                optimizer.step()
                optimizer.zero_grad()
    return {"seconds": watch.seconds, "loss": loss.item(), "peakBytes": peak_bytes()}


serve(run)
