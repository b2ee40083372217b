"""Cases in the golden format from calls of PyTorch: encodes values, runs each call in float64 and float32, sets tolerances."""
import contextlib
import json
import math
import os

import torch

DTYPES = {torch.float32: "float32", torch.float64: "float64", torch.int64: "int64", torch.int32: "int32",
          torch.uint8: "uint8", torch.bool: "bool"}
MOST_ELEMENTS = 800
# Indices of equal values may be those of any.
TIES = {"torch.topk", "torch.kthvalue", "torch.sort", "torch.argsort", "torch.median", "torch.mode"}
# PyTorch takes two plain numbers here.
NEEDS_TENSOR = {"torch.mul", "torch.div", "torch.true_divide", "torch.floor_divide", "torch.add", "torch.sub"}


class NotForUs(Exception):
    """A value that the format or the library does not have (complex numbers, devices, functions)."""


def number(v):
    if isinstance(v, float) and math.isnan(v):
        return "NaN"
    if isinstance(v, float) and math.isinf(v):
        return "Infinity" if v > 0 else "-Infinity"
    return v


def rounded(v, dtype):
    """The shortest decimal that reads back as this float32."""
    if dtype != torch.float32 or not isinstance(v, float) or not math.isfinite(v):
        return v
    for digits in range(1, 10):
        text = float(f"{v:.{digits}g}")
        if torch.tensor(text, dtype=torch.float32).item() == v:
            return text
    return v


def tensor(x, requires_grad=None):
    if x.dtype not in DTYPES or x.layout != torch.strided:
        raise NotForUs(f"dtype {x.dtype}")
    if x.numel() > MOST_ELEMENTS:
        raise NotForUs("too large")
    flat = [number(rounded(v, x.dtype)) for v in x.detach().reshape(-1).tolist()]
    spec = {"shape": list(x.shape), "dtype": DTYPES[x.dtype], "data": flat}
    if x.requires_grad if requires_grad is None else requires_grad:
        spec["requires_grad"] = True
    if not x.is_contiguous() and x.numel() > 1:
        spec["layout"] = "transposed" if x.ndim > 1 and x.stride(-1) != 1 and x.stride(-2) == 1 else "strided"
    return spec


def encode(v):
    if isinstance(v, torch.Tensor):
        return tensor(v)
    if isinstance(v, (bool, int, str)) or v is None:
        return v
    if isinstance(v, float):
        return v if math.isfinite(v) else {"float": number(v)}
    if isinstance(v, slice):
        return {"slice": [v.start, v.stop, v.step]}
    if v is Ellipsis:
        return {"ellipsis": True}
    if isinstance(v, torch.dtype):
        return {"torch_dtype": str(v).replace("torch.", "")}
    if isinstance(v, (list, tuple)):
        return [encode(e) for e in v]
    if isinstance(v, dict):
        return {k: encode(e) for k, e in v.items()}
    raise NotForUs(f"a value of type {type(v).__name__}")


def convert(v, dtype):
    """Tensors anew, float32 ones in `dtype`, leaves as they were."""
    if isinstance(v, torch.Tensor):
        made = v.detach().clone()
        if made.dtype == torch.float32:
            made = made.to(dtype)
        return made.requires_grad_(v.requires_grad)
    if isinstance(v, (list, tuple)):
        return type(v)(convert(e, dtype) for e in v) if not hasattr(v, "_fields") else [convert(e, dtype) for e in v]
    if isinstance(v, dict):
        return {k: convert(e, dtype) for k, e in v.items()}
    if dtype == torch.float64 and v is torch.float32:
        return torch.float64
    return v


def tensors_in(v, path=""):
    if isinstance(v, torch.Tensor):
        yield path, v
    elif isinstance(v, (list, tuple)):
        for i, e in enumerate(v):
            yield from tensors_in(e, f"{path}.{i}")
    elif isinstance(v, dict):
        for k, e in v.items():
            yield from tensors_in(e, f"{path}.{k}")


def inputs_of(args, kwargs):
    yield from tensors_in(list(args), "args")
    yield from tensors_in(dict(kwargs), "kwargs")


def upstream(outputs, seed):
    generator = torch.Generator().manual_seed(seed)
    return [torch.round(torch.randn(y.shape, generator=generator) * 1000) / 1000 for y in outputs]


def run(fn, args, kwargs, dtype, given):
    args, kwargs = convert(list(args), dtype), convert(dict(kwargs), dtype)
    before = {path: x.detach().clone() for path, x in inputs_of(args, kwargs)}
    result = fn(*args, **kwargs)
    changed = {path: x.detach().clone() for path, x in inputs_of(args, kwargs) if not same(before[path], x)}
    outputs = [y for _, y in tensors_in(result) if y.is_floating_point()]
    if given is None:
        given = upstream(outputs, 7)
    pairs = [(y, g.to(y.dtype)) for y, g in zip(outputs, given) if y.requires_grad]
    if pairs:
        torch.autograd.backward([y for y, _ in pairs], [g for _, g in pairs])
    leaves = {path: x for path, x in inputs_of(args, kwargs) if x.requires_grad and x.is_leaf}
    grads = {path: x.grad for path, x in leaves.items()}
    return result, grads if pairs else {}, given, changed


def same(a, b):
    a, b = (torch.nan_to_num(x) if x.is_floating_point() else x for x in (a, b))
    return torch.equal(a, b)


def narrowed(exact, single):
    """The float64 result as float32, in the float32 run's dtypes; special values are the float32 run's."""
    if isinstance(exact, torch.Tensor):
        value = exact.detach().to(single.dtype)
        if single.is_floating_point():
            value = torch.where(torch.isfinite(single.detach()) & torch.isfinite(value), value, single.detach())
        return value
    if isinstance(exact, (list, tuple)):
        return [narrowed(e, s) for e, s in zip(exact, single)]
    return single


def error_between(exact, single):
    worst, largest = 0.0, 0.0
    for (_, a), (_, b) in zip(tensors_in(exact), tensors_in(single)):
        if not b.is_floating_point() or a.numel() == 0:
            continue
        a, b = a.detach().double(), b.detach().double()
        finite = torch.isfinite(b) & (a.abs() < 3e38)
        if finite.any():
            worst = max(worst, (a - b).abs()[finite].max().item())
            largest = max(largest, a.abs()[finite].max().item())
    return max(1e-6, 8 * worst, 1e-6 * largest)


def case(identity, op, fn, args, kwargs=None, tags=()):
    """One functional case, or None where the format cannot hold it."""
    kwargs = kwargs or {}
    body = {"id": identity, "op": op, "args": encode(list(args)), "kwargs": encode(dict(kwargs))}
    if next(inputs_of(args, kwargs), None) is None and op in NEEDS_TENSOR:
        raise NotForUs("no tensor")
    exact, exact_grads, given, exact_changed = run(fn, args, kwargs, torch.float64, None)
    single, single_grads, _, single_changed = run(fn, args, kwargs, torch.float32, given)
    outputs = [y for _, y in tensors_in(single) if y.is_floating_point()]
    # float32 and float64 runs that choose differently (ties, comparisons) are no answers.
    for (_, a), (_, b) in zip(tensors_in(exact), tensors_in(single)):
        if a.shape != b.shape or (not b.is_floating_point() and not torch.equal(a, b)):
            raise NotForUs("float32 and float64 disagree")
    body["output"] = encode(detached(narrowed(exact, single)))
    if single_grads:
        body["grad_output"] = [tensor(g.to(torch.float32) if y.dtype == torch.float32 else g.to(y.dtype), False)
                               if y.requires_grad else None for g, y in zip(given, outputs)]
        body["grads"] = {path: None if g is None else tensor(narrowed(exact_grads[path], g), False)
                         for path, g in single_grads.items()}
    body["tol"] = {"rtol": 1e-5, "out": error_between(exact, single),
                   "grad": error_between([g for g in exact_grads.values() if g is not None],
                                         [g for g in single_grads.values() if g is not None])}
    if single_changed:
        body["mutated"] = {path: tensor(narrowed(exact_changed.get(path, x), x), False)
                           for path, x in single_changed.items()}
    if op in TIES and isinstance(args[0], torch.Tensor) and args[0].unique().numel() < args[0].numel():
        leave_indices_open(body)
    if tags:
        body["tags"] = list(tags)
    return body


def leave_indices_open(body):
    """Equal values: which of them is found, and so has the gradient, is open."""
    outputs = body["output"] if isinstance(body["output"], list) else [body["output"]]
    for output in outputs:
        if output["dtype"] == "int64" and output is outputs[-1]:
            output["data"] = [None] * len(output["data"])
    body.pop("grads", None)
    body.pop("grad_output", None)


def detached(v):
    if isinstance(v, torch.Tensor):
        return v.detach()
    return [detached(e) for e in v] if isinstance(v, (list, tuple)) else v


def error_case(identity, op, fn, args, kwargs=None):
    """A call that PyTorch refuses."""
    kwargs = kwargs or {}
    if "out" in kwargs:
        raise NotForUs("the library has no out=")
    body = {"id": identity, "op": op, "kind": "error", "args": encode(list(args)), "kwargs": encode(dict(kwargs))}
    try:
        fn(*convert(list(args), torch.float32), **convert(dict(kwargs), torch.float32))
    except Exception as error:  # PyTorch raises many types
        body["raises"], body["message"] = type(error).__name__, str(error).split("\n")[0]
        return body
    raise NotForUs("PyTorch takes it")


@contextlib.contextmanager
def written(folder, group):
    """Collects cases and writes them as one file of the corpus, one case a line."""
    cases = []
    yield cases
    os.makedirs(folder, exist_ok=True)
    lines = ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases)
    path = os.path.join(folder, f"{group}.json")
    with open(path + ".part", "w", encoding="utf8") as file:
        file.write(f'{{"group":"{group}","cases":[\n{lines}\n]}}\n')
    os.replace(path + ".part", path)
    print(f"{group}: {len(cases)} cases")
