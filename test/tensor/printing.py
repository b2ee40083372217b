# What PyTorch prints for some hundred tensors: python3 printing.py > printing.json
# (At 7 float64 values the line break would hang on the length of the name: torch.float64 or float64.)
import json
import sys

import torch

nan, inf = "NaN", "Infinity"
SPECIAL = {nan: float("nan"), inf: float("inf"), "-Infinity": float("-inf"), "-0": -0.0}


def build(case):
    dtype = getattr(torch, {"int32": "int64"}.get(case["dtype"], case["dtype"]))
    if "arange" not in case:
        x = torch.tensor([SPECIAL.get(v, v) for v in case["values"]], dtype=dtype)
    else:
        x = torch.arange(case["arange"]) * case.get("times", 1)
        if "divide" in case:
            x = x.double() / case["divide"]
        x = x % 2 == 0 if dtype is torch.bool else x.to(dtype)
    return x.reshape(case["shape"]).requires_grad_(case.get("requiresGrad", False))


def values(name, dtype, *numbers, shape=None, **more):
    return {"name": name, "dtype": dtype, "values": list(numbers), "shape": [len(numbers)] if shape is None else shape, **more}


def arange(name, dtype, n, shape=None, **more):
    return {"name": name, "dtype": dtype, "arange": n, "shape": shape or [n], **more}


f, d, i, u, b = "float32", "float64", "int32", "uint8", "bool"
cases = [
    *(values(f"the scalar {v}", f, v, shape=[]) for v in [3.5, 3.0, 123456789.0, 1e-5, -2.5e-7, nan, inf, "-Infinity", 0.0, "-0", 0.1, 100000.5, 0.03125, 1e30]),
    values("an integer scalar", i, 3, shape=[]), values("a bool scalar", b, True, shape=[]),
    values("a float64 scalar", d, 1 / 3, shape=[]), values("a float64 leaf", d, 1.5, shape=[], requiresGrad=True),
    values("nothing", f), values("no rows", f, shape=[0, 3, 4]), values("no columns", f, shape=[2, 0]),
    values("no bools", b, shape=[0, 2]), values("no integers", i), values("no integers in 2-D", i, shape=[2, 0]), values("an empty leaf", f, requiresGrad=True),
    values("integers", i, 1, -20, 300), values("the bounds of int32", i, -2147483648, 2147483647), values("bytes", u, 1, 200),
    values("bools", b, True, False), values("a matrix of bools", b, True, False, False, False, shape=[2, 2]),
    values("fractions", f, 1, 2.5, -3), values("whole floats", f, 1, 2, -3), values("zeros", f, 0, 0, 0, 0, shape=[2, 2]),
    values("whole and large", f, 1, 1e9), values("whole and wide", f, 1, 1001), values("whole to 1000", f, 1, 1000), values("whole and very wide", f, 1, 100001), values("whole above 1e8", f, 2e8, 3e8),
    values("magnitudes mixed", f, 1e-5, 1, 1000), values("0.001 and 1000", f, 0.001, 1000), values("a ratio of 1000", f, 0.5, 500), values("a ratio above 1000", f, 0.5, 501), values("a ratio above 1000, larger", f, 0.5, 600),
    values("tiny and one", f, 1e-10, 1), values("large fractions", f, 1e10, 1.5), values("at 1e8", f, 2e5 + 0.5, 1e8), values("small", f, 1e-4, 2e-4), values("smaller", f, 1e-5, 2e-5), values("signs with exponents", f, -1e-6, 1e6),
    values("NaN among fractions", f, nan, 1.5, -2), values("NaN among whole", f, nan, 1, -2), values("infinities", f, inf, "-Infinity", 1.5), values("an infinity among whole", f, inf, 1), values("nothing but NaN", f, nan, nan), values("NaN among exponents", f, nan, 1e-9, 1),
    values("minus zero", f, "-0", 1), values("minus zero among fractions", f, "-0", 1.5), values("zero beside exponents", f, 0, 1e-7), values("zero beside fractions", f, 0, 0.5),
    values("rounding", f, 0.99999, 1.00005), values("rounding down", f, 0.12345, 0.00005), values("ties", f, 0.03125, 0.09375, 0.15625, -0.03125), values("ties with exponents", d, 1000050, 1000150, 0.5), values("a carry", f, 0.99996, 9.99996),
    values("float64", d, 1.5, 2), values("a leaf", f, 1.5, 2, requiresGrad=True), values("a float64 leaf with a shape", d, 1.5, requiresGrad=True),
    values("the result of mul", f, 1.5, 2, requiresGrad=True, op="mul"), values("the result of sum", f, 1.5, 2, requiresGrad=True, op="sum"),
    values("a matrix", f, 1, 2.5, 3, 4, shape=[2, 2]), arange("2 × 2 × 2", i, 8, [2, 2, 2]), arange("4-D", f, 16, [2, 2, 2, 2]), arange("5-D", i, 4, [1, 2, 1, 2, 1]), arange("transposed", f, 6, [2, 3], op="t"),
    arange("integers over two lines", i, 40), arange("fractions over lines", f, 40, divide=7), arange("long rows", f, 60, [2, 30], divide=3), arange("bools over lines", b, 40), arange("wide integers over lines", i, 30, times=-1000),
    *(arange(f"{n} float64", d, n, divide=7) for n in [6, 8, 9, 10]), *(arange(f"a leaf of {n}", f, n, divide=7, requiresGrad=True) for n in [7, 8, 9, 10, 11]), *(arange(f"{n} bytes", u, n) for n in [16, 17, 18, 19]), arange("a wide leaf", f, 12, [2, 6], divide=7, requiresGrad=True),
    arange("1,000 integers", i, 1000), arange("1,001 integers", i, 1001), arange("2,000 fractions", f, 2000, divide=3), arange("100 × 100", f, 10000, [100, 100]), arange("100 × 100 integers", i, 10000, [100, 100]), arange("3 × 10 × 100", i, 3000, [3, 10, 100]),
    arange("1000 × 4", f, 4000, [1000, 4], divide=7), arange("4 × 1000", f, 4000, [4, 1000], divide=7), arange("6 × 500", f, 3000, [6, 500]), arange("7 × 7 × 7 × 7", i, 2401, [7, 7, 7, 7]), arange("1,001 bools", b, 1001), arange("a long leaf", d, 1001, divide=9, requiresGrad=True),
]
for case in cases:
    x = build(case)
    x = {"mul": lambda: x * 2, "sum": lambda: x.sum(), "t": lambda: x.t()}.get(case.get("op"), lambda: x)()
    case["text"] = repr(x)
# One case a line.
lines = ",\n".join(json.dumps(case) for case in cases)
sys.stdout.write(f'{{"oracle": "{torch.__version__}", "cases": [\n{lines}\n]}}\n')
