"""Scores every option of every item: a good loop, with batches sorted by length and logits where they are asked for."""
from language_model import encode, kept, read_items, score, tokenizer_of
from serving import Stopwatch, peak_bytes, serve

def run(request):
    folder = request["model"]
    model = kept(folder)
    items = read_items(request["items"], request["limit"])
    pairs = [pair for item in items for pair in encode(tokenizer_of(folder), item)]
    with Stopwatch() as watch:
        scores = iter(score(model, pairs))
    return {
        "seconds": watch.seconds,
        "options": len(pairs),
        "logprobs": [[next(scores) for _ in item["options"]] for item in items],
        "peakBytes": peak_bytes(),
    }


serve(run)
