"""Training steps on random tokens: LoRA (r = 8 on q_proj and v_proj) by PEFT, or all weights; AdamW."""
import torch
from language_model import load
from peft import LoraConfig, get_peft_model
from serving import Stopwatch, peak_bytes, products_in, serve

state = {}


def prepare(request):
    torch.manual_seed(0)
    model = load(request["model"])
    if request["method"] == "lora":
        model = get_peft_model(model, LoraConfig(r=8, lora_alpha=16, target_modules=["q_proj", "v_proj"]))
    model.train()
    trained = [weight for weight in model.parameters() if weight.requires_grad]
    rows, width, targets = request["rows"], request["width"], request["targets"]
    state.update(
        model=model,
        optimizer=torch.optim.AdamW(trained, 1e-4),
        ids=torch.randint(0, 49000, (rows, width)),
        targets=torch.randint(0, 49000, (rows * targets,)),
        kept=targets,
    )


def step():
    logits = state["model"](input_ids=state["ids"], logits_to_keep=state["kept"]).logits.flatten(0, 1)
    loss = torch.nn.functional.cross_entropy(logits, state["targets"])
    loss.backward()
    state["optimizer"].step()
    state["optimizer"].zero_grad()
    return loss.item()


def run(request):
    if not state:
        products_in(request["precision"])
        prepare(request)
        step()
    with Stopwatch() as watch:
        for _ in range(request["steps"]):
            step()
    return {"seconds": watch.seconds, "peakBytes": peak_bytes()}


serve(run)
