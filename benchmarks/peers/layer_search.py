"""Chooses layer and coefficient of a mean-difference vector on validation items: one pass over them for each pair."""
from language_model import Steered, accuracy, encode, kept, mean_difference, read_items, tokenizer_of
from serving import Stopwatch, peak_bytes, serve

def run(request):
    folder = request["model"]
    model = kept(folder)
    items = read_items(request["items"], request["train"] + request["validation"])
    encoded = [encode(tokenizer_of(folder), item) for item in items]
    cut = request["train"]
    with Stopwatch() as watch:
        vectors = mean_difference(model, items[:cut], encoded[:cut], request["layers"])
        judged = []
        for layer in request["layers"]:
            for coefficient in request["coefficients"]:
                with Steered(model, layer, coefficient * vectors[layer]):
                    judged.append(accuracy(model, items[cut:], encoded[cut:]))
    return {"seconds": watch.seconds, "accuracies": judged, "peakBytes": peak_bytes()}


serve(run)
