"""Asks PyTorch what each initialiser of torch.nn.init makes of a [6, 5] tensor after manual_seed(0).

    python3 scripts/golden/makeInit.py [FILE]          (made with PyTorch 1.13.1; default test/golden/init.json)
"""
import json
import os
import sys

import torch
from torch.nn import init

makers = {
    "uniform_": lambda t: init.uniform_(t, -2, 3),
    "normal_": lambda t: init.normal_(t, 1, 2),
    "truncNormal_": lambda t: init.trunc_normal_(t, 0, 0.5, -1, 1),
    "kaimingUniform_": lambda t: init.kaiming_uniform_(t, a=0.1),
    "kaimingNormal_": lambda t: init.kaiming_normal_(t, mode="fan_out", nonlinearity="relu"),
    "xavierUniform_": lambda t: init.xavier_uniform_(t),
    "xavierNormal_": lambda t: init.xavier_normal_(t, 1.5),
    "orthogonal_": lambda t: init.orthogonal_(t, 2),
    "sparse_": lambda t: init.sparse_(t, 0.4),
    "eye_": lambda t: init.eye_(t),
    "dirac_": lambda t: init.dirac_(t.view(3, 2, 5)),
    "constant_": lambda t: init.constant_(t, 0.3),
}
answers = {}
for name, make in makers.items():
    torch.manual_seed(0)
    answers[name] = [float(f"{v:.9g}") for v in make(torch.zeros(6, 5)).reshape(-1).tolist()]
path = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(__file__), "../../test/golden/init.json")
with open(path, "w") as file:
    json.dump(answers, file, separators=(",", ":"))
    file.write("\n")
