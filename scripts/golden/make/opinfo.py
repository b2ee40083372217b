"""Cases from PyTorch's own database of ops: python3 opinfo.py FOLDER [--seed n] [--most elements] [--cases n]"""
import argparse
import collections
import sys
import types
import unittest
import warnings

# The database lies beside PyTorch's tests, whose helper for expected texts it does not need.
sys.modules.setdefault("expecttest", types.SimpleNamespace(TestCase=unittest.TestCase, ACCEPT=False))

import torch
from torch.testing._internal.common_methods_invocations import op_db

import corpus
from corpus import NotForUs, case, error_case, written

warnings.filterwarnings("ignore")
# What draws at random, or needs what the library does not have.
LEFT_OUT = ("fft.", "ops.", "_", "jiterator", "sparse", "complex", "masked.", "nn.functional.fractional", "nn.functional.feature",
            "nn.functional.dropout", "nn.functional.alpha_dropout", "nn.functional.rrelu")
RANDOM = {"bernoulli", "multinomial", "normal", "rand_like", "randn", "randn_like", "randint_like", "empty", "empty_like",
          "new_empty", "new_empty_strided", "uniform", "cauchy", "exponential", "geometric", "log_normal", "pca_lowrank",
          "svd_lowrank", "randint", "empty_strided"}
# Eigenvectors and singular vectors are right with either sign; what sorted=False leaves open is no answer; the strides of
# as_strided are those of the storage, which the format does not hold.
RANDOM |= {"linalg.eigh", "linalg.svd", "svd", "symeig", "unique", "as_strided"}
# The database hands these their arguments in another order.
SWAPPED = {"nn.functional.embedding", "nn.functional.embedding_bag"}
TYPES = (torch.float32, torch.int64, torch.uint8, torch.bool, torch.float64)


def target_of(info):
    """The op's name in the format and the function, or None."""
    name = info.name
    if name == "__getitem__":
        return "Tensor.__getitem__", lambda x, i: x[i if not isinstance(i, list) else tuple(i)]
    if name in RANDOM or name.startswith(LEFT_OUT):
        return None
    at = torch
    for part in name.split("."):
        at = getattr(at, part, None)
    if callable(at):
        return f"torch.{name}", at
    return (f"Tensor.{name}", getattr(torch.Tensor, name)) if hasattr(torch.Tensor, name) else None


def samples(info, dtype, seed):
    torch.manual_seed(seed)
    grad = info.supports_autograd and dtype.is_floating_point
    yield from info.sample_inputs("cpu", dtype, requires_grad=grad)
    if seed == 0:
        yield from info.reference_inputs("cpu", dtype, requires_grad=grad)


def calls_of(sample, op):
    args = [sample.input, *sample.args]
    if op.removeprefix("torch.") in SWAPPED:
        args[:2] = args[1::-1]
    if op == "Tensor.__getitem__":
        index = sample.args[0]
        args = [sample.input, list(index) if isinstance(index, (list, tuple)) else [index]]
    return args, sample.kwargs


def strided(x):
    """The same values as every second element of a larger tensor."""
    if not isinstance(x, torch.Tensor) or x.numel() < 2:
        return x
    wide = torch.stack([x.detach(), x.detach()], -1)
    return wide.select(-1, 0).requires_grad_(x.requires_grad)


def main(folder, seed, cases_of_an_op):
    left = collections.Counter()
    with written(folder, f"opinfo-s{seed}") as cases, written(folder, f"opinfo-errors-s{seed}") as errors:
        for info in op_db:
            target = target_of(info)
            if target is None:
                continue
            op, fn = target
            label = f"{info.name}{'-' + info.variant_test_name if info.variant_test_name else ''}"
            for dtype in TYPES:
                if not info.supports_dtype(dtype, "cpu"):
                    continue
                made, tried = 0, 0
                limit = cases_of_an_op if dtype == torch.float32 else (cases_of_an_op + 2) // 3
                try:
                    found = list(samples(info, dtype, seed))
                except Exception:
                    left["no samples"] += 1
                    continue
                # Spread over the list, which begins with the plain ones.
                step = max(1, len(found) // (2 * limit))
                for sample in found[::step]:
                    if made >= limit:
                        break
                    tried += 1
                    args, kwargs = calls_of(sample, op)
                    if tried % 3 == 0:
                        args = [strided(x) for x in args]
                    try:
                        identity = f"opinfo-s{seed}/{label}/{str(dtype)[6:]}/{tried:03d}"
                        cases.append(case(identity, op, fn, args, kwargs, ["opinfo"]))
                        made += 1
                    except NotForUs as reason:
                        left[str(reason)] += 1
                    except Exception as error:
                        left[f"raises {type(error).__name__}"] += 1
            if seed != 0 or info.error_inputs_func is None:
                continue
            try:
                for i, wrong in enumerate(info.error_inputs("cpu")):
                    args, kwargs = calls_of(wrong.sample_input, op)
                    try:
                        errors.append(error_case(f"opinfo-error/{label}/{i:03d}", op, fn, args, kwargs))
                    except NotForUs as reason:
                        left[str(reason)] += 1
            except Exception:
                left["no error samples"] += 1
    print("left out:", dict(left))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--most", type=int, default=corpus.MOST_ELEMENTS)
    parser.add_argument("--cases", type=int, default=10)
    given = parser.parse_args()
    corpus.MOST_ELEMENTS = given.most
    main(given.folder, given.seed, given.cases)
