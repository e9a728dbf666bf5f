"""A program that is asked line by line, so that two of them can take turns on one machine."""
import json
import resource
import sys
import time

import torch


def serve(run):
    """Answers every line of standard input, a JSON request, with a line of JSON."""
    torch.set_num_threads(int(sys.argv[1]))
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        print(json.dumps(run(json.loads(line))), flush=True)


def products_in(precision):
    """In what matrix products of float32 are computed; sums are float32."""
    torch.backends.mkldnn.matmul.fp32_precision = "bf16" if precision == "bfloat16" else "ieee"


def peak_bytes():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


class Stopwatch:
    def __enter__(self):
        self.start = time.perf_counter()
        return self

    def __exit__(self, *_):
        self.seconds = time.perf_counter() - self.start
