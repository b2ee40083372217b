"""Asks PyTorch for float64 trajectories of its optimizers and for states and rates of its schedules.

    python3 scripts/golden/makeOptimizers.py [DIR]     (made with PyTorch 1.13.1)

Writes DIR/optim/optimizers.json.gz and DIR/schedules.json.gz (default test/golden). An optimizer's case is of the corpus's kind
"optimizer", with float64 parameters; a schedule's has the rates of 30 steps and what state_dict() said after the tenth.
"""
import gzip
import json
import math
import os
import sys

import torch
from torch import optim
from torch.optim import lr_scheduler

folder = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(__file__), "../../test/golden")
SHAPES = [(2, 3), (3,)]
STEPS = 20


def spec(x):
    return {"shape": list(x.shape), "dtype": "float64", "data": [float(f"{v:.13g}") for v in x.detach().reshape(-1).tolist()]}


def rounded(x):
    return torch.round(x * 100) / 100


def trajectory(name, options, groups=None, with_nulls=False):
    torch.manual_seed(len(trajectories) + 1)
    params = [rounded(torch.randn(shape, dtype=torch.float64)).requires_grad_() for shape in SHAPES]
    first = [spec(p) for p in params]
    given = [dict(g, params=[params[i] for i in g["params"]]) for g in groups] if groups else params
    optimizer = getattr(optim, name)(given, **options)
    grads, after = [], []
    for step in range(STEPS):
        now = [rounded(torch.randn(shape, dtype=torch.float64)) for shape in SHAPES]
        if with_nulls and step % 3 == 1:
            now[1] = None
        for p, g in zip(params, now):
            p.grad = g
        optimizer.step()
        grads.append([None if g is None else spec(g) for g in now])
        after.append([spec(p) for p in params])
    trajectories.append(
        {
            "id": f"optimizers/{name}/{sum(t['op'] == 'torch.optim.' + name for t in trajectories):02d}",
            "op": f"torch.optim.{name}",
            "kind": "optimizer",
            "options": options,
            "param_groups": groups or [{"params": [0, 1]}],
            "params": first,
            "grads": grads,
            "params_after": after,
            # PyTorch 1.13 keeps ASGD's rate in a float32 tensor: 1e-7 of a step is its own error.
            "tol": {"rtol": 1e-6, "out": 2e-8 if name == "ASGD" else 1e-12},
        }
    )


trajectories = []
settings = {
    "SGD": [
        {"lr": 0.1},
        {"lr": 0.1, "weight_decay": 0.1},
        {"lr": 0.1, "momentum": 0.9},
        {"lr": 0.1, "momentum": 0.9, "dampening": 0.3, "weight_decay": 0.05},
        {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.1},
        {"lr": 0.1, "momentum": 0.5, "maximize": True},
    ],
    "Adam": [{}, {"lr": 0.1}, {"lr": 0.05, "betas": [0.7, 0.9], "eps": 1e-3}, {"lr": 0.05, "weight_decay": 0.2}, {"lr": 0.05, "amsgrad": True}, {"lr": 0.05, "amsgrad": True, "maximize": True, "weight_decay": 0.1}],
    "AdamW": [{}, {"lr": 0.1}, {"lr": 0.05, "weight_decay": 0.3, "amsgrad": True}, {"lr": 0.05, "betas": [0.5, 0.8], "maximize": True}],
    "RAdam": [{}, {"lr": 0.1}, {"lr": 0.05, "betas": [0.8, 0.9], "eps": 1e-4, "weight_decay": 0.1}],
    "Adamax": [{}, {"lr": 0.1}, {"lr": 0.05, "betas": [0.8, 0.9], "eps": 1e-4, "weight_decay": 0.1}, {"lr": 0.05, "maximize": True}],
    "RMSprop": [
        {},
        {"lr": 0.05, "alpha": 0.8, "eps": 1e-4},
        {"lr": 0.05, "momentum": 0.9},
        {"lr": 0.05, "centered": True},
        {"lr": 0.05, "centered": True, "momentum": 0.5, "weight_decay": 0.1},
        {"lr": 0.05, "maximize": True},
    ],
    "Adagrad": [{}, {"lr": 0.1, "lr_decay": 0.1}, {"lr": 0.1, "initial_accumulator_value": 0.5, "eps": 1e-3}, {"lr": 0.1, "weight_decay": 0.1, "maximize": True}],
    "Adadelta": [{}, {"lr": 0.5, "rho": 0.7, "eps": 1e-3}, {"lr": 2.0, "weight_decay": 0.1}, {"maximize": True}],
    "Rprop": [{}, {"lr": 0.1, "etas": [0.4, 1.5]}, {"lr": 0.1, "step_sizes": [1e-3, 0.15]}, {"maximize": True}],
    "ASGD": [{}, {"lr": 0.1, "lambd": 0.01, "alpha": 0.5, "t0": 5}, {"lr": 0.1, "weight_decay": 0.1}, {"lr": 0.1, "maximize": True}],
}
for name, list_ in settings.items():
    for options in list_:
        trajectory(name, options)
    trajectory(name, {**list_[-1], "lr": 0.07}, groups=[{"params": [1], "lr": 0.02}, {"params": [0]}], with_nulls=True)


def schedule(name, options, optimizer_options=None, groups=(0.1, 0.05), metrics=None, build=None):
    kind = "SGD" if optimizer_options is None else optimizer_options.pop("op", "SGD")
    extra = optimizer_options or {}
    params = [{"params": [torch.zeros(1, requires_grad=True)], "lr": lr} for lr in groups]
    optimizer = getattr(optim, kind)(params, lr=0.1, **extra)
    made = build(optimizer) if build else getattr(lr_scheduler, name)(optimizer, **options)
    rates = [[g["lr"] for g in optimizer.param_groups]]
    state = None
    for step in range(30):
        optimizer.step()
        made.step(*([metrics[step]] if metrics else []))
        rates.append([g["lr"] for g in optimizer.param_groups])
        if step == 9:
            state = plain(made.state_dict())
    schedules.append({"id": f"{name}/{sum(s['name'] == name for s in schedules)}", "name": name, "options": options, "optimizer": {"op": kind, **extra}, "groups": list(groups), "metrics": metrics, "rates": rates, "state": state})


def plain(value):
    """What JSON can hold: a Counter as a dictionary, functions as null."""
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value if isinstance(value, (int, float, str, bool)) or value is None else None


schedules = []
schedule("StepLR", {"step_size": 4, "gamma": 0.5})
schedule("MultiStepLR", {"milestones": [3, 7, 7, 15], "gamma": 0.3})
schedule("ExponentialLR", {"gamma": 0.9})
schedule("ConstantLR", {"factor": 0.25, "total_iters": 12})
schedule("LinearLR", {"start_factor": 0.2, "end_factor": 0.9, "total_iters": 13})
schedule("PolynomialLR", {"total_iters": 14, "power": 2.0})
schedule("CosineAnnealingLR", {"T_max": 8, "eta_min": 0.01})
schedule("CosineAnnealingWarmRestarts", {"T_0": 4, "T_mult": 2, "eta_min": 0.001})
schedule("CyclicLR", {"base_lr": 0.01, "max_lr": 0.2, "step_size_up": 4, "step_size_down": 3, "mode": "triangular2"}, {"momentum": 0.9})
schedule("CyclicLR", {"base_lr": [0.01, 0.02], "max_lr": [0.2, 0.3], "step_size_up": 5, "mode": "exp_range", "gamma": 0.95, "cycle_momentum": False})
schedule("OneCycleLR", {"max_lr": 0.3, "total_steps": 40}, {"op": "Adam"})
schedule("OneCycleLR", {"max_lr": [0.3, 0.1], "total_steps": 35, "three_phase": True, "anneal_strategy": "linear"}, {"momentum": 0.9})
bumpy = [round(1.0 / (1 + (i % 9)) + 0.3 * (i % 2), 4) for i in range(30)]
schedule("ReduceLROnPlateau", {"factor": 0.5, "patience": 2, "cooldown": 1}, metrics=bumpy)
schedule("ReduceLROnPlateau", {"mode": "max", "factor": 0.1, "patience": 1, "threshold": 0.1, "threshold_mode": "abs", "min_lr": 0.001}, metrics=bumpy)
schedule("LambdaLR", {}, build=lambda o: lr_scheduler.LambdaLR(o, lambda e: 0.95**e))
schedule("MultiplicativeLR", {}, build=lambda o: lr_scheduler.MultiplicativeLR(o, lambda e: 0.95))
schedule(
    "SequentialLR",
    {},
    build=lambda o: lr_scheduler.SequentialLR(o, [lr_scheduler.ConstantLR(o, 0.1, 4), lr_scheduler.ExponentialLR(o, 0.9), lr_scheduler.CosineAnnealingLR(o, 10)], [5, 14]),
)
schedule("ChainedScheduler", {}, build=lambda o: lr_scheduler.ChainedScheduler([lr_scheduler.ConstantLR(o, 0.1, 4), lr_scheduler.ExponentialLR(o, 0.9)]))


def write(name, text):
    os.makedirs(os.path.dirname(os.path.join(folder, name)), exist_ok=True)
    with open(os.path.join(folder, name), "wb") as file:
        file.write(gzip.compress(text.encode(), 9, mtime=0))


lines = ",\n".join(json.dumps(entry, separators=(",", ":")) for entry in trajectories)
write("optim/optimizers.json.gz", '{"group":"optimizers","torch":"%s","cases":[\n%s\n]}\n' % (torch.__version__, lines))
write("schedules.json.gz", json.dumps({"torch": torch.__version__, "schedules": schedules}, separators=(",", ":")))
print(len(trajectories), "trajectories,", len(schedules), "schedules")
