"""Writes what the Python libraries of the field give on a tiny model: directions.json by steering-vectors and scikit-learn,
steered.json by steering-vectors, edits.json by pyreft, gradients.json by PyTorch's autograd (LoRA by PEFT).

    python method_goldens.py <folder of tiny-llama> <output folder> [seed]

The packages are pinned in requirements-methods.txt and requirements-methods-alone.txt.
"""

import json
import sys
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import torch
from peft import LoraConfig, get_peft_model
from pyreft.interventions import DireftIntervention, LoreftIntervention
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from steering_vectors import SteeringVector, record_activations
from steering_vectors.aggregators import logistic_aggregator, mean_aggregator, pca_aggregator
from steering_vectors.steering_operators import ablation_operator, ablation_then_addition_operator

import tiny_model

HIDDEN, VOCABULARY, RANK = 48, 160, 2
EXACT = {"tol": 1e-10, "max_iter": 10_000}


def short(values, digits=7):
    """Nested lists with so many significant digits, which keeps float32 apart."""
    array = np.asarray(values, dtype=np.float64)
    return float(f"{array:.{digits}g}") if array.ndim == 0 else [short(row, digits) for row in array]


def drawn(random, *shape):
    """Parameters of three decimals: the same numbers on both sides of the file."""
    return torch.tensor(np.round(random.normal(0, 0.5, shape), 3), dtype=torch.float32)


def orthonormal_rows(random):
    rows, _ = np.linalg.qr(random.normal(size=(HIDDEN, RANK)))
    return torch.tensor(rows.T, dtype=torch.float32)


def ids(random, count):
    return random.integers(0, VOCABULARY, count).tolist()


def items(random, count):
    """Items of two options, the right one first and second in turn."""
    return [
        {"id": f"item-{k}", "promptIds": ids(random, 5 + k % 4), "optionIds": [ids(random, 1 + k % 3), ids(random, 2)], "label": k % 2}
        for k in range(count)
    ]


def last_activation(model, item, option, layer):
    with record_activations(model, layer_nums=[layer]) as seen:
        tiny_model.logits(model, item["promptIds"] + item["optionIds"][option])
    return seen[layer][0][0, -1]


def directions(model, random, count, layer=1):
    asked = items(random, count)
    right = torch.stack([last_activation(model, item, item["label"], layer) for item in asked])
    wrong = torch.stack([last_activation(model, item, 1 - item["label"], layer) for item in asked])
    differences = (right - wrong).numpy()
    # In float32, as they come, scikit-learn would solve to three digits only.
    probe = LogisticRegression(**EXACT).fit(torch.cat([right, wrong]).double().numpy(), np.repeat([1, -1], count))
    return {
        "layer": layer,
        "items": asked,
        "right": short(right),
        "wrong": short(wrong),
        "meanAggregator": short(mean_aggregator()(right, wrong)),
        "pcaAggregator": short(pca_aggregator()(right, wrong)),
        "sklearnPca": short(PCA(n_components=1, svd_solver="full").fit(differences).components_[0]),
        "logisticAggregator": short(logistic_aggregator(EXACT)(right, wrong)),
        "sklearnLogistic": short(probe.coef_[0]),
    }


def described(parts, group):
    """A treatment as crossover describes it, and its tensors by name."""
    tensors, spec = {}, {"prompt": [], "interventions": [], "weightDeltas": []}
    for index, part in enumerate(parts):
        own = {}
        for field, value in part.items():
            if isinstance(value, torch.Tensor):
                name = f"{group}.{index}.{field}"
                tensors[name] = {"shape": list(value.shape), "values": short(value.detach().flatten(), 9)}
                value = name
            own[field] = value
        spec[group].append(own)
    return {"spec": spec, "tensors": tensors}


def steered(model, random):
    """Option log-probabilities while steering-vectors patches the model."""
    operators = {"add": None, "ablate": ablation_operator(), "ablate-then-add": ablation_then_addition_operator()}
    choices = [
        ("add", "all", [1], 1.5),
        ("add", "all", [0, 2], -0.75),
        ("add", "after-prompt", [1], 2.0),
        ("add", "last", [1], 2.0),
        ("add", {"first": 2, "last": 1}, [0], 1.0),
        ("ablate", "all", [1], 1.0),
        ("ablate-then-add", "after-prompt", [1], 1.0),
    ]
    for operator, positions, layers, multiplier in choices:
        vectors = {layer: drawn(random, HIDDEN) for layer in layers}
        kinds = ["ablate", "add"] if operator == "ablate-then-add" else [operator]
        parts = [
            {"kind": kind, "layer": layer, "coefficient": multiplier, "positions": positions, "vector": vector}
            for layer, vector in vectors.items()
            for kind in kinds
        ]
        asked = [{**item, "optionIds": item["optionIds"][:1], "label": 0} for item in items(random, 3)]
        logprobs = []
        for item in asked:
            prompt, [option] = item["promptIds"], item["optionIds"]
            where = tiny_model.acting(positions, len(prompt), len(prompt + option))
            how = {"operator": operators[operator], "multiplier": multiplier, "token_indices": where}
            # `apply` cannot take token indices: it gives them and its own default at once.
            patch = SteeringVector(vectors).patch_activations(model, **how)
            logprobs.append(tiny_model.option_logprob(model, prompt, option).item())
            patch.remove()
        yield {
            "name": f"{operator} at {json.dumps(positions)} of blocks {layers}",
            "treatment": described(parts, "interventions"),
            "items": asked,
            "logprobs": short(logprobs),
        }


def edits(random):
    """Outputs of pyreft's interventions with given parameters."""
    for kind, make in (("loreft", LoreftIntervention), ("direft", DireftIntervention)):
        edit = make(embed_dim=HIDDEN, low_rank_dimension=RANK, dtype=torch.float32)
        rows, weight, bias, h = orthonormal_rows(random), drawn(random, RANK, HIDDEN), drawn(random, RANK), drawn(random, 5, HIDDEN)
        with torch.no_grad():
            edit.rotate_layer.weight = rows.T
            edit.learned_source.weight.copy_(weight)
            edit.learned_source.bias.copy_(bias)
            part = {"kind": kind, "layer": 1, "coefficient": 1, "positions": "all", "projection": rows, "weight": weight, "bias": bias}
            yield {"kind": kind, "treatment": described([part], "interventions"), "h": short(h), "output": short(edit(h))}


def mean_loss(model, asked, hooks=lambda prompt, length: ()):
    """Mean negative log-likelihood of the right options' tokens."""
    total, tokens = 0, 0
    for item in asked:
        prompt, option = item["promptIds"], item["optionIds"][item["label"]]
        with ExitStack() as stack:
            for hook in hooks(len(prompt), len(prompt + option)):
                stack.enter_context(hook)
            total = total - tiny_model.option_logprob(model, prompt, option)
        tokens += len(option)
    return total / tokens


def change_of(part):
    """h → what an intervention of coefficient 1 adds (LoReFT and DiReFT: Wu et al. 2024, eq. 2 and 3)."""
    if part["kind"] == "add":
        return lambda h: part["vector"].expand_as(h)
    projection, weight, bias = part["projection"], part["weight"], part["bias"]
    if part["kind"] == "loreft":
        return lambda h: (h @ weight.T + bias - h @ projection.T) @ projection
    return lambda h: (h @ weight.T + bias) @ projection


def intervention_gradients(model, random, asked, kind, positions, layers):
    def tensors():
        if kind == "add":
            return {"vector": drawn(random, HIDDEN)}
        return {"projection": drawn(random, RANK, HIDDEN), "weight": drawn(random, RANK, HIDDEN), "bias": drawn(random, RANK)}

    parts = [{"kind": kind, "layer": layer, "coefficient": 1, "positions": positions, **tensors()} for layer in layers]
    parameters = [value.requires_grad_() for part in parts for value in part.values() if isinstance(value, torch.Tensor)]
    hooks = lambda prompt, length: [
        tiny_model.changing_block(model, part["layer"], change_of(part), tiny_model.acting(positions, prompt, length)) for part in parts
    ]
    loss = mean_loss(model, asked, hooks)
    return gradient_case(f"{kind} at {json.dumps(positions)} of blocks {layers}", parts, "interventions", loss, parameters)


def bias_gradients(model, random, asked):
    parts = [
        {"kind": "bias", "layer": layer, "target": target, "scale": 1, "bias": drawn(random, size)}
        for layer, target, size in ((0, "down_proj", HIDDEN), (2, "v_proj", 16))
    ]
    linears = [linear_of(model, part["layer"], part["target"]) for part in parts]
    for linear, part in zip(linears, parts):
        linear.bias = torch.nn.Parameter(part["bias"])
    loss = mean_loss(model, asked)
    case = gradient_case("bitfit", parts, "weightDeltas", loss, [linear.bias for linear in linears])
    for linear in linears:
        linear.bias = None
    return case


def lora_gradients(folder, random, asked):
    """On a model of its own, which PEFT changes."""
    config = LoraConfig(r=RANK, lora_alpha=3, target_modules=["layers.1.self_attn.q_proj", "layers.2.mlp.down_proj"])
    model = get_peft_model(tiny_model.load(folder), config).eval()
    parts, parameters = [], []
    for layer, target in ((1, "q_proj"), (2, "down_proj")):
        linear = linear_of(model.base_model.model, layer, target)
        a, b = linear.lora_A["default"].weight, linear.lora_B["default"].weight
        with torch.no_grad():
            a.copy_(drawn(random, *a.shape))
            b.copy_(drawn(random, *b.shape))
        parts.append({"kind": "lora", "layer": layer, "target": target, "scale": 1.5, "a": a, "b": b})
        parameters += [a, b]
    return gradient_case("lora", parts, "weightDeltas", mean_loss(model, asked), parameters)


def linear_of(model, layer, target):
    block = model.model.layers[layer]
    return getattr(block.mlp if target == "down_proj" else block.self_attn, target)


def gradient_case(name, parts, group, loss, parameters):
    treatment = described(parts, group)
    gradients = torch.autograd.grad(loss, parameters)
    return {
        "name": name,
        "treatment": treatment,
        "loss": short(loss.item()),
        "gradients": dict(zip(treatment["tensors"], (short(gradient.flatten()) for gradient in gradients))),
    }


def gradients(model, folder, random):
    asked = items(random, 3)
    cases = [
        intervention_gradients(model, random, asked, "loreft", {"first": 2, "last": 1}, [0, 1]),
        intervention_gradients(model, random, asked, "direft", "last", [1]),
        intervention_gradients(model, random, asked, "add", "after-prompt", [1, 2]),
        intervention_gradients(model, random, asked, "add", "all", [0]),
        bias_gradients(model, random, asked),
        lora_gradients(folder, random, asked),
    ]
    return {"items": asked, "cases": cases}


def main(folder, output, seed="0"):
    random = np.random.default_rng(int(seed))
    model = tiny_model.load(folder)
    with torch.no_grad():
        files = {
            "directions": [directions(model, random, count) for count in (5, 52)],
            "steered": list(steered(model, random)),
            "edits": list(edits(random)),
        }
    files["gradients"] = gradients(model, folder, random)
    for name, content in files.items():
        (Path(output) / f"{name}.json").write_text(json.dumps(content, separators=(",", ":")) + "\n")
    print(json.dumps(sorted(files)))


main(*sys.argv[1:])
