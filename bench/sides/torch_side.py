"""PyTorch's side: runs the Python that a workload gives, on as many threads as the first argument says."""
import json
import os
import sys
import time

import torch
from torch import nn, optim
from torch.nn import functional as F

torch.set_num_threads(int(sys.argv[1]))


def blas():
    """Which library multiplies matrices: PyTorch's time is mostly this."""
    with open("/proc/self/maps") as maps:
        names = {os.path.basename(os.path.realpath(line.split()[-1])) for line in maps if "/" in line}
    found = sorted((name for name in names if "blas" in name), key=len)
    return found[-1] if found else "its own BLAS"


def set_up(source, case):
    space = {"torch": torch, "nn": nn, "optim": optim, "F": F, **case}
    exec(source, space)
    if "result" in space:
        result = space["result"]

        def steps(n):
            with torch.no_grad():
                for _ in range(n):
                    value = result()
                return (value.reshape(-1)[:1000] if value.numel() > 1e6 else value).mean().item()

        return steps
    loss, optimizer, inputs = space["loss"], space.get("optimizer"), space.get("inputs")

    def steps(n):
        for _ in range(n):
            if inputs is not None:
                for x in inputs:
                    x.grad = None
            value = loss()
            if optimizer is not None:
                optimizer.zero_grad()
            value.backward()
            if optimizer is not None:
                optimizer.step()
        return value.item()

    return steps


def say(value):
    print(json.dumps(value), flush=True)


say({"version": torch.__version__ + ", " + blas()})
for line in sys.stdin:
    ask = json.loads(line)
    try:
        if "n" not in ask:
            steps = set_up(ask["torch"], ask["case"])
            say({"ready": True})
        else:
            start = time.perf_counter()
            value = steps(ask["n"])
            say({"ms": (time.perf_counter() - start) * 1000 / ask["n"], "value": value})
    except Exception as error:
        say({"failed": repr(error)})
