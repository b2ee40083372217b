"""Writes torchNames.json, the public functions and methods of the installed PyTorch (1.13): python3 torchNames.py"""
import inspect
import json
import os

import torch

# Names of PyTorch 2 that scripts use.
LATER = {
    "torch": ["unravel_index", "asarray", "nanmean", "concatenate", "inference_mode", "vmap", "compile"],
    "nn.functional": ["rms_norm", "scaled_dot_product_attention", "lp_pool3d"],
    "linalg": ["vecdot"],
    "special": ["log_softmax"],
    "Tensor": ["module_load", "dim_order"],
}
SPACES = {
    "torch": torch, "Tensor": torch.Tensor, "nn.functional": torch.nn.functional, "linalg": torch.linalg,
    "special": torch.special, "autograd": torch.autograd, "autograd.functional": torch.autograd.functional,
}


def is_public(space, name):
    value = getattr(space, name, None)
    if name.startswith("_") or inspect.ismodule(value) or getattr(value, "__module__", "") in ("typing", "enum"):
        return False
    # Classes stand in lists of their own; finfo, iinfo and autograd.Function are called as functions are.
    return space is torch.Tensor or name in ("finfo", "iinfo", "Generator", "Function") or (
        callable(value) and not isinstance(value, type))


names = {key: sorted({n for n in dir(space) if is_public(space, n)} | set(LATER.get(key, [])))
         for key, space in SPACES.items()}
path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "torchNames.json")
with open(path, "w", encoding="utf8") as file:
    json.dump({"pytorch": torch.__version__, "names": names}, file, indent=1)
    file.write("\n")
