"""Asks PyTorch what each module of torch.nn draws, prints, computes and sends back.

    python3 scripts/golden/makeModules.py [DIR]        (made with PyTorch 1.13.1)

Writes DIR/modules.json.gz (default test/golden/modules) in the format of test/golden/corpus, kind "module", with two fields more:
`drawn`, the parameters after manual_seed(0) (shape, the first values; SHA-256 of the float32 bytes unless they are normal), and `repr`.
States, inputs and upstream gradients have two decimals so that the file stays small; outputs are PyTorch's float64 ones.
"""
import gzip
import hashlib
import json
import math
import os
import sys

import torch
from torch import nn

TOL = {"rtol": 2e-6, "out": 5e-6, "grad": 1e-5}
cases = []


def rounded(x):
    return torch.round(x * 100) / 100


def number(v):
    if isinstance(v, float) and not math.isfinite(v):
        return "NaN" if math.isnan(v) else "Infinity" if v > 0 else "-Infinity"
    return v


def spec(x, requires_grad=False):
    dtype = str(x.dtype).replace("torch.", "")
    flat = x.detach().reshape(-1).tolist()
    if x.dtype.is_floating_point:
        flat = [number(float(f"{v:.7g}")) for v in flat]
        flat = [int(v) if isinstance(v, float) and v == int(v) else v for v in flat]
        dtype = "float32"
    out = {"shape": list(x.shape), "dtype": dtype, "data": flat}
    if requires_grad:
        out["requires_grad"] = True
    return out


def walk(value, path, found):
    """All tensors in nested lists, by path."""
    if isinstance(value, torch.Tensor):
        found[path] = value
    elif isinstance(value, (list, tuple)):
        for i, entry in enumerate(value):
            walk(entry, f"{path}.{i}", found)
    return found


def encode(value):
    if isinstance(value, torch.Tensor):
        return spec(value, value.requires_grad)
    if isinstance(value, (list, tuple)):
        return [encode(entry) for entry in value]
    return value


def as_double(value):
    if isinstance(value, torch.Tensor):
        return value.detach().double().requires_grad_(value.requires_grad) if value.dtype.is_floating_point else value
    if isinstance(value, (list, tuple)):
        return type(value)(as_double(entry) for entry in value)
    if isinstance(value, dict):
        return {key: as_double(entry) for key, entry in value.items()}
    return value


def x(*shape, grad=True, scale=1.0, positive=False):
    values = torch.randn(*shape) * scale
    if positive:
        values = values.abs() + 0.1
    return rounded(values).requires_grad_(grad)


def ints(high, *shape):
    return torch.randint(0, high, shape)


def drawn(module):
    rows = {}
    for name, p in module.named_parameters():
        flat = p.detach().reshape(-1)
        rows[name] = {"shape": list(p.shape), "first": [float(f"{v:.8g}") for v in flat[:6].tolist()]}
        is_normal = isinstance(module, (nn.Embedding, nn.EmbeddingBag)) or name in ("bias_k", "bias_v")
        if not is_normal:
            rows[name]["sha256"] = hashlib.sha256(flat.numpy().tobytes()).hexdigest()[:16]
    return rows


def case(name, args=(), kwargs=None, inputs=(), options=None, train=True, note=None):
    kwargs, options = kwargs or {}, options or {}
    cls = getattr(nn, name)
    torch.manual_seed(0)
    module = cls(*args, **kwargs)
    # The out_proj of attention is a Linear; its other name is a mark for the quantiser.
    first, text = drawn(module), repr(module).replace("NonDynamicallyQuantizableLinear", "Linear")
    torch.manual_seed(len(cases) + 1)
    inputs = [make() if callable(make) else make for make in inputs]
    options = {key: make() if callable(make) else make for key, make in options.items()}
    state = {}
    for key, value in module.state_dict().items():
        if not value.dtype.is_floating_point:
            state[key] = value.clone()
        else:
            state[key] = rounded(torch.randn(value.shape) * 0.4)
            if "running_var" in key:
                state[key] = state[key].abs() + 0.5
    if state:
        module.load_state_dict(state)
    module.double().train(train)
    given = as_double(list(inputs))
    named = as_double(options)
    output = module(*given, **named)
    entry = {
        "id": f"modules/{name}/{sum(c['op'] == 'torch.nn.' + name for c in cases):02d}",
        "op": f"torch.nn.{name}",
        "kind": "module",
        "init": {"args": encode(list(args)), "kwargs": {k.lstrip("_"): encode(v) for k, v in kwargs.items()}},
        "train": train,
        # Its default distance is a function here, a module there.
        **({} if name == "TripletMarginWithDistanceLoss" else {"repr": text}),
        "drawn": first,
        "state": {key: spec(value) for key, value in state.items()},
        "args": [encode(value) for value in inputs],
        "kwargs": {key: encode(value) for key, value in options.items()},
        "output": encode_output(output),
        "tol": TOL,
    }
    outputs = walk(output, "", {})
    floats = [o for o in outputs.values() if o.requires_grad]
    if floats:
        upstream = [rounded(torch.randn(o.shape)).double() for o in floats]
        torch.autograd.backward(floats, upstream)
        entry["grad_output"] = [spec(g) for g in upstream]
        grads = {path: t.grad for path, t in walk(given, "args", {}).items() if t.requires_grad}
        grads.update({f"state.{key}": p.grad for key, p in module.named_parameters() if p.requires_grad})
        entry["grads"] = {path: None if g is None else spec(g) for path, g in grads.items()}
    changed = {k: spec(v) for k, v in module.state_dict().items() if k in dict(module.named_buffers())}
    if changed:
        entry["state_after"] = changed
    cases.append(entry)


def encode_output(output):
    if isinstance(output, torch.Tensor):
        return spec(output)
    if isinstance(output, (list, tuple)):
        return [encode_output(entry) for entry in output]
    return output


# --- linear, containers of weights -------------------------------------------------------------------------------------
case("Linear", (4, 3), {}, [lambda: x(5, 4)])
case("Linear", (4, 3), {"bias": False}, [lambda: x(2, 3, 4)])
case("Bilinear", (3, 4, 2), {}, [lambda: x(5, 3), lambda: x(5, 4)])
case("Bilinear", (3, 4, 2), {"bias": False}, [lambda: x(2, 2, 3), lambda: x(2, 2, 4)])
case("Identity", (), {}, [lambda: x(2, 3)])

# --- convolutions ------------------------------------------------------------------------------------------------------
for d in (1, 2, 3):
    size = {1: (7,), 2: (6, 5), 3: (4, 3, 4)}[d]
    k = {1: 3, 2: (3, 2), 3: 2}[d]
    case(f"Conv{d}d", (2, 3, k), {}, [lambda: x(2, 2, *size)])
    case(f"Conv{d}d", (4, 2, 2), {"stride": 2, "padding": 1, "groups": 2, "bias": False}, [lambda: x(1, 4, *size)])
    case(f"Conv{d}d", (2, 2, 3), {"padding": "same", "dilation": 2}, [lambda: x(1, 2, *[s + 2 for s in size])])
    case(f"Conv{d}d", (2, 2, 2), {"padding": "valid"}, [lambda: x(2, *size)])
    for mode in ("reflect", "replicate", "circular"):
        case(f"Conv{d}d", (1, 2, 3), {"padding": 1, "padding_mode": mode}, [lambda: x(1, 1, *size)])
    case(f"ConvTranspose{d}d", (2, 3, k), {}, [lambda: x(1, 2, *size)])
    case(f"ConvTranspose{d}d", (4, 2, 2), {"stride": 2, "padding": 1, "output_padding": 1, "groups": 2, "bias": False}, [lambda: x(1, 4, *[3] * d)])
    case(f"ConvTranspose{d}d", (2, 1, 2), {"dilation": 2}, [lambda: x(2, *[3] * d)])
case("Conv2d", (1, 2, 2), {"stride": 2, "padding": 1}, [lambda: x(1, 1, 4, 4)])
case("Unfold", (2,), {"padding": 1, "stride": 2}, [lambda: x(1, 2, 4, 5)])
case("Unfold", ((2, 3),), {"dilation": (2, 1)}, [lambda: x(1, 2, 4, 5)])
case("Fold", ((4, 5), 2), {}, [lambda: x(1, 8, 12)])
case("Fold", ((4, 4), (2, 2)), {"stride": 2}, [lambda: x(2, 4, 4)])

# --- pooling -----------------------------------------------------------------------------------------------------------
for d in (1, 2, 3):
    size = {1: (9,), 2: (7, 6), 3: (4, 5, 4)}[d]
    case(f"MaxPool{d}d", (2,), {}, [lambda: x(2, 2, *size)])
    case(f"MaxPool{d}d", (3,), {"stride": 2, "padding": 1, "dilation": 1, "ceil_mode": True}, [lambda: x(1, 2, *size)])
    case(f"MaxPool{d}d", (2,), {"stride": 1, "dilation": 2}, [lambda: x(2, *size)])
    case(f"AvgPool{d}d", (2,), {}, [lambda: x(2, 2, *size)])
    case(f"AvgPool{d}d", (3,), {"stride": 2, "padding": 1, "ceil_mode": True, "count_include_pad": False}, [lambda: x(1, 2, *size)])
    case(f"AdaptiveAvgPool{d}d", (3,), {}, [lambda: x(1, 2, *size)])
    case(f"AdaptiveMaxPool{d}d", (2,), {}, [lambda: x(1, 2, *size)])
    pooled, places = getattr(nn.functional, f"max_pool{d}d")(torch.randn(1, 2, *[4] * d), 2, return_indices=True)
    case(f"MaxUnpool{d}d", (2,), {}, [rounded(pooled).requires_grad_(), places])
case("AvgPool2d", (2,), {"divisor_override": 3}, [lambda: x(1, 2, 5, 4)])
case("AdaptiveAvgPool2d", ((2, None),), {}, [lambda: x(1, 2, 5, 4)])
case("MaxPool2d", ((3, 2),), {"stride": (2, 1), "padding": (1, 0)}, [lambda: x(1, 2, 6, 5)])
case("LPPool1d", (2, 3), {}, [lambda: x(1, 2, 8)])
case("LPPool1d", (1.5, 2), {"stride": 1}, [lambda: x(1, 2, 5, positive=True)])
case("LPPool2d", (2, 2), {"ceil_mode": True}, [lambda: x(1, 2, 5, 4)])
case("LPPool2d", (3, (2, 1)), {"stride": 1}, [lambda: x(1, 2, 3, 4, positive=True)])
samples2 = torch.tensor([[[0.1, 0.7], [0.45, 0.9]]])
samples3 = torch.tensor([[[0.1, 0.7, 0.3], [0.45, 0.9, 0.6]]])
case("FractionalMaxPool2d", (2,), {"output_size": (3, 4), "_random_samples": samples2}, [lambda: x(1, 2, 7, 9)])
case("FractionalMaxPool2d", ((3, 2),), {"output_ratio": (0.5, 0.6), "_random_samples": samples2}, [lambda: x(1, 2, 8, 7)])
case("FractionalMaxPool3d", (2,), {"output_size": (2, 3, 2), "_random_samples": samples3}, [lambda: x(1, 2, 5, 6, 4)])

# --- padding and resampling --------------------------------------------------------------------------------------------
for d in (1, 2, 3):
    size = {1: (5,), 2: (4, 5), 3: (3, 4, 3)}[d]
    wide = tuple([1, 2, 0, 1, 2, 1][: 2 * d])
    for kind in ("Reflection", "Replication"):
        case(f"{kind}Pad{d}d", (1,), {}, [lambda: x(1, 2, *size)])
        case(f"{kind}Pad{d}d", (wide,), {}, [lambda: x(1, 2, *size)])
    case(f"ConstantPad{d}d", (wide, 1.5), {}, [lambda: x(1, 2, *size)])
    case(f"ConstantPad{d}d", (1, -2), {}, [lambda: x(1, 2, *size)])
case("ZeroPad2d", ((1, 0, -1, 2),), {}, [lambda: x(1, 2, 4, 3)])
case("ZeroPad2d", (1,), {}, [lambda: x(1, 2, 4, 3)])
case("Upsample", (), {"scale_factor": 2}, [lambda: x(1, 2, 3, 2)])
case("Upsample", (), {"size": (5, 4), "mode": "bilinear"}, [lambda: x(1, 2, 3, 2)])
case("Upsample", (), {"scale_factor": 1.5, "mode": "bicubic", "align_corners": True}, [lambda: x(1, 1, 4, 3)])
case("Upsample", (), {"size": 7, "mode": "linear", "align_corners": False}, [lambda: x(1, 2, 4)])
case("Upsample", (), {"scale_factor": 2, "mode": "trilinear"}, [lambda: x(1, 1, 2, 3, 2)])
case("UpsamplingNearest2d", (), {"scale_factor": 2}, [lambda: x(1, 2, 2, 3)])
case("UpsamplingBilinear2d", (), {"size": (4, 5)}, [lambda: x(1, 2, 2, 3)])
case("PixelShuffle", (2,), {}, [lambda: x(1, 4, 2, 3)])
case("PixelUnshuffle", (2,), {}, [lambda: x(1, 2, 4, 2)])
case("ChannelShuffle", (2,), {}, [lambda: x(1, 4, 2, 2, grad=False)])
case("Flatten", (), {}, [lambda: x(2, 3, 2, 2)])
case("Flatten", (), {"start_dim": 0, "end_dim": -2}, [lambda: x(2, 3, 2, 2)])
case("Unflatten", (1, (2, 3)), {}, [lambda: x(2, 6, 2)])

# --- norms -------------------------------------------------------------------------------------------------------------
for d in (1, 2, 3):
    size = {1: (4,), 2: (3, 2), 3: (2, 2, 3)}[d]
    for kind in ("BatchNorm", "InstanceNorm"):
        name = f"{kind}{d}d"
        case(name, (3,), {}, [lambda: x(2, 3, *size)])
        case(name, (3,), {}, [lambda: x(2, 3, *size)], train=False)
        case(name, (2,), {"affine": kind == "InstanceNorm", "track_running_stats": kind == "InstanceNorm", "eps": 1e-3}, [lambda: x(2, 2, *size)])
        case(name, (2,), {"affine": True, "track_running_stats": True, "momentum": 0.3}, [lambda: x(3, 2, *size)])
        case(name, (2,), {"affine": True, "track_running_stats": True}, [lambda: x(3, 2, *size)], train=False)
    case(f"BatchNorm{d}d", (2,), {"momentum": None}, [lambda: x(3, 2, *size)])
    case(f"InstanceNorm{d}d", (2,), {}, [lambda: x(2, *size)])
case("BatchNorm1d", (4,), {}, [lambda: x(5, 4)])
case("LayerNorm", (4,), {}, [lambda: x(2, 3, 4)])
case("LayerNorm", ((3, 4),), {"eps": 1e-3}, [lambda: x(2, 3, 4)])
case("LayerNorm", (4,), {"elementwise_affine": False}, [lambda: x(2, 3, 4)])
case("GroupNorm", (2, 4), {}, [lambda: x(2, 4, 3)])
case("GroupNorm", (4, 4), {"affine": False, "eps": 1e-4}, [lambda: x(2, 4, 2, 2)])
case("LocalResponseNorm", (2,), {}, [lambda: x(2, 4, 3)])
case("LocalResponseNorm", (3,), {"alpha": 0.5, "beta": 0.6, "k": 2.0}, [lambda: x(1, 4, 2, 2)])

# --- embeddings --------------------------------------------------------------------------------------------------------
case("Embedding", (6, 3), {}, [lambda: ints(6, 2, 4)])
case("Embedding", (6, 3), {"padding_idx": 2}, [torch.tensor([[2, 0, 5], [1, 2, 2]])])
case("Embedding", (6, 3), {"padding_idx": -1, "scale_grad_by_freq": True}, [torch.tensor([5, 0, 0, 3, 0])])
case("Embedding", (5, 3), {"max_norm": 0.5, "norm_type": 1.0}, [torch.tensor([0, 4, 2])])
for mode in ("mean", "sum", "max"):
    case("EmbeddingBag", (6, 3), {"mode": mode}, [lambda: ints(6, 3, 4)])
    case("EmbeddingBag", (6, 3), {"mode": mode, "padding_idx": 1}, [torch.tensor([1, 2, 4, 5, 1, 3, 2, 0]), torch.tensor([0, 3, 5])])
case("EmbeddingBag", (6, 3), {"mode": "sum"}, [torch.tensor([1, 2, 4, 5, 1]), torch.tensor([0, 3])], {"per_sample_weights": torch.tensor([0.5, -1, 2, 0.25, 1])})
case("EmbeddingBag", (6, 3), {"include_last_offset": True}, [torch.tensor([1, 2, 4, 5, 1]), torch.tensor([0, 3, 5])])

# --- recurrent ---------------------------------------------------------------------------------------------------------
for kind in ("RNN", "GRU", "LSTM"):
    def states(*shape, kind=kind):
        return (x(*shape), x(*shape)) if kind == "LSTM" else x(*shape)

    case(kind, (3, 2), {}, [lambda: x(4, 2, 3)])
    case(kind, (3, 2), {"num_layers": 2, "bidirectional": True}, [lambda: x(3, 2, 3), lambda: states(4, 2, 2)])
    case(kind, (3, 2), {"batch_first": True, "bias": False}, [lambda: x(2, 4, 3), lambda: states(1, 2, 2)])
    case(kind, (3, 2), {"num_layers": 2, "dropout": 0.5}, [lambda: x(3, 2, 3)], train=False)
    case(kind, (3, 2), {}, [lambda: x(4, 3), lambda: states(1, 2)])
    cell = f"{kind}Cell"
    case(cell, (3, 2), {}, [lambda: x(4, 3), lambda: states(4, 2)])
    case(cell, (3, 2), {"bias": False}, [lambda: x(2, 3)])
case("RNN", (3, 2), {"nonlinearity": "relu", "bidirectional": True}, [lambda: x(3, 2, 3)])
case("RNNCell", (3, 2), {"nonlinearity": "relu"}, [lambda: x(2, 3), lambda: x(2, 2)])
case("LSTM", (3, 4), {"proj_size": 2}, [lambda: x(3, 2, 3), lambda: (x(1, 2, 2), x(1, 2, 4))])
case("LSTM", (3, 4), {"proj_size": 2, "num_layers": 2, "bidirectional": True, "batch_first": True}, [lambda: x(2, 3, 3)])

# --- attention ---------------------------------------------------------------------------------------------------------
def qkv(L=3, S=4, N=2, E=4, K=None, V=None):
    return [lambda: x(L, N, E), lambda: x(S, N, K or E), lambda: x(S, N, V or E)]


hidden = torch.zeros(2, 4, dtype=torch.bool)
hidden[0, 3] = True
hidden[1, 1] = True
causal = torch.triu(torch.ones(3, 4, dtype=torch.bool), 2)
MHA = "MultiheadAttention"
case(MHA, (4, 2), {}, qkv())
case(MHA, (4, 2), {"bias": False}, qkv(), {"need_weights": False})
case(MHA, (4, 2), {}, qkv(), {"average_attn_weights": False})
case(MHA, (4, 2), {"kdim": 3, "vdim": 5}, qkv(K=3, V=5))
case(MHA, (4, 2), {"kdim": 3}, qkv(K=3), {"need_weights": False})
case(MHA, (4, 1), {"add_bias_kv": True}, qkv())
case(MHA, (4, 2), {"add_zero_attn": True}, qkv(), {"attn_mask": causal, "key_padding_mask": hidden})
case(MHA, (4, 2), {"add_bias_kv": True, "add_zero_attn": True}, qkv(), {"key_padding_mask": hidden})
case(MHA, (4, 2), {}, qkv(), {"attn_mask": causal})
case(MHA, (4, 2), {}, qkv(), {"attn_mask": rounded(torch.randn(3, 4))})
case(MHA, (4, 2), {}, qkv(), {"attn_mask": rounded(torch.randn(4, 3, 4)), "need_weights": False})
case(MHA, (4, 2), {"batch_first": True}, [lambda: x(2, 3, 4), lambda: x(2, 4, 4), lambda: x(2, 4, 4)], {"key_padding_mask": hidden, "attn_mask": causal})
case(MHA, (4, 2), {}, [lambda: x(3, 4), lambda: x(4, 4), lambda: x(4, 4)], {"key_padding_mask": hidden[0]})
case(MHA, (4, 2), {"dropout": 0.5}, qkv(), train=False)
small = {"dim_feedforward": 5, "dropout": 0.0}
square = torch.triu(torch.ones(3, 3, dtype=torch.bool), 1)
padded = torch.tensor([[False, False, True], [False, False, False]])
for name, memory in (("TransformerEncoderLayer", []), ("TransformerDecoderLayer", [lambda: x(4, 2, 4)])):
    own = "src" if memory == [] else "tgt"
    case(name, (4, 2), small, [lambda: x(3, 2, 4), *memory])
    masks = {f"{own}_mask": square, f"{own}_key_padding_mask": padded}
    case(name, (4, 2), {**small, "activation": "gelu", "norm_first": True}, [lambda: x(3, 2, 4), *memory], masks)
    case(name, (4, 2), {**small, "layer_norm_eps": 1e-3, "batch_first": True}, [lambda: x(2, 3, 4), *([lambda: x(2, 4, 4)] if memory else [])])
    case(name, (4, 2), {"dim_feedforward": 5}, [lambda: x(3, 2, 4), *memory], train=False)
tiny = {"d_model": 4, "nhead": 2, "num_encoder_layers": 2, "num_decoder_layers": 2, "dim_feedforward": 3, "dropout": 0.0}
case("Transformer", (), tiny, [lambda: x(4, 2, 4), lambda: x(3, 2, 4)], {"tgt_mask": square})
case("Transformer", (), {**tiny, "num_encoder_layers": 1, "num_decoder_layers": 1, "activation": "gelu", "batch_first": True, "norm_first": True}, [lambda: x(2, 4, 4), lambda: x(2, 3, 4)], {"tgt_key_padding_mask": padded})

# --- activations -------------------------------------------------------------------------------------------------------
for name, variants in {
    "ReLU": [{}], "ReLU6": [{}], "SELU": [{}], "SiLU": [{}], "Mish": [{}], "Hardsigmoid": [{}], "Hardswish": [{}], "Softsign": [{}],
    "Tanhshrink": [{}], "Sigmoid": [{}], "Tanh": [{}], "LogSigmoid": [{}], "LeakyReLU": [{}, {"negative_slope": 0.2}],
    "ELU": [{}, {"alpha": 0.5}], "CELU": [{}, {"alpha": 2.0}], "GELU": [{}, {"approximate": "tanh"}],
    "Hardtanh": [{}, {"min_val": -0.5, "max_val": 2.0}], "Hardshrink": [{}, {"lambd": 0.25}], "Softshrink": [{}, {"lambd": 0.25}],
    "Softplus": [{}, {"beta": 2, "threshold": 1}], "PReLU": [{}, {"num_parameters": 3, "init": 0.1}], "GLU": [{}, {"dim": 0}],
    "Softmax": [{"dim": 1}, {"dim": -1}], "LogSoftmax": [{"dim": 1}], "Softmin": [{"dim": 0}],
}.items():
    for kwargs in variants:
        case(name, (), kwargs, [lambda: x(4, 3, 2, scale=2.0)])
case("ReLU", (), {"inplace": True}, [lambda: x(2, 3, grad=False)])
case("Threshold", (0.1, 20.0), {}, [lambda: x(3, 4)])
case("Softmax2d", (), {}, [lambda: x(2, 3, 2, 2)])
case("RReLU", (), {}, [lambda: x(3, 4)], train=False)
case("RReLU", (), {"lower": 0.2, "upper": 0.4}, [lambda: x(3, 4)], train=False)
for name in ("Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "AlphaDropout", "FeatureAlphaDropout"):
    case(name, (), {}, [lambda: x(2, 3, 2)], train=False)
    case(name, (), {"p": 0.25}, [lambda: x(2, 3, 2)], train=False)
case("CosineSimilarity", (), {"dim": 1, "eps": 1e-6}, [lambda: x(3, 4), lambda: x(3, 4)])
case("PairwiseDistance", (), {}, [lambda: x(3, 4), lambda: x(3, 4)])
case("PairwiseDistance", (), {"p": 1.0, "keepdim": True}, [lambda: x(3, 4), lambda: x(3, 4)])

# --- losses ------------------------------------------------------------------------------------------------------------
weights = torch.tensor([0.5, 1.0, 2.0, 0.25])
signs = lambda *shape: torch.randint(0, 2, shape) * 2.0 - 1
classes = torch.tensor([1, 3, 0])
unit = lambda *shape: rounded(torch.rand(*shape) * 0.9 + 0.05)
for reduction in ("mean", "sum", "none"):
    r = {"reduction": reduction}
    case("L1Loss", (), r, [lambda: x(3, 4), lambda: x(3, 4)])
    case("MSELoss", (), r, [lambda: x(3, 4), lambda: x(3, 4)])
    case("SmoothL1Loss", (), {**r, "beta": 0.5}, [lambda: x(3, 4), lambda: x(3, 4)])
    case("HuberLoss", (), {**r, "delta": 0.7}, [lambda: x(3, 4), lambda: x(3, 4)])
    case("CrossEntropyLoss", (), {**r, "label_smoothing": 0.1}, [lambda: x(3, 4), torch.tensor([1, -100, 0])])
    case("CrossEntropyLoss", (), {**r, "weight": weights, "ignore_index": 3}, [lambda: x(3, 4), classes])
    case("NLLLoss", (), {**r, "weight": weights}, [lambda: x(3, 4), classes])
    case("BCELoss", (), {**r, "weight": weights}, [lambda: unit(3, 4).requires_grad_(), lambda: unit(3, 4)])
    case("BCEWithLogitsLoss", (), {**r, "pos_weight": weights}, [lambda: x(3, 4), lambda: unit(3, 4)])
    case("PoissonNLLLoss", (), {**r, "full": True}, [lambda: x(3, 4), lambda: x(3, 4, grad=False, positive=True)])
    case("GaussianNLLLoss", (), {**r, "full": True}, [lambda: x(3, 4), lambda: x(3, 4), lambda: x(3, 4, positive=True)])
    case("HingeEmbeddingLoss", (), {**r, "margin": 0.5}, [lambda: x(3, 4), lambda: signs(3, 4)])
    case("SoftMarginLoss", (), r, [lambda: x(3, 4), lambda: signs(3, 4)])
    case("MarginRankingLoss", (), {**r, "margin": 0.2}, [lambda: x(4), lambda: x(4), lambda: signs(4)])
    case("MultiMarginLoss", (), {**r, "p": 2, "margin": 0.5}, [lambda: x(3, 4), classes])
    case("MultiLabelMarginLoss", (), r, [lambda: x(2, 4), torch.tensor([[3, 0, -1, 1], [2, -1, 0, 0]])])
    case("MultiLabelSoftMarginLoss", (), r, [lambda: x(3, 4), lambda: ints(2, 3, 4).float()])
    case("CosineEmbeddingLoss", (), {**r, "margin": 0.2}, [lambda: x(3, 4), lambda: x(3, 4), lambda: signs(3)])
    case("TripletMarginLoss", (), {**r, "swap": True, "p": 2}, [lambda: x(3, 4), lambda: x(3, 4), lambda: x(3, 4)])
    case("TripletMarginWithDistanceLoss", (), {**r, "margin": 0.5}, [lambda: x(3, 4), lambda: x(3, 4), lambda: x(3, 4)])
case("AdaptiveLogSoftmaxWithLoss", (8, 9, [2, 5]), {"div_value": 2.0}, [lambda: x(5, 8), torch.tensor([1, 8, 0, 3, 6])])
case("AdaptiveLogSoftmaxWithLoss", (8, 6, [3]), {"head_bias": True}, [lambda: x(8), torch.tensor(4)])
case("KLDivLoss", (), {"reduction": "batchmean"}, [lambda: x(3, 4), lambda: unit(3, 4)])
case("KLDivLoss", (), {"reduction": "sum", "log_target": True}, [lambda: x(3, 4), lambda: x(3, 4)])
# PyTorch's gradient of CTC is right only behind a log-softmax; the corpus has such programs, here are the values.
logits = lambda: rounded(torch.randn(5, 2, 4).log_softmax(2))
for kwargs in ({}, {"blank": 3, "reduction": "sum"}, {"reduction": "none", "zero_infinity": True}):
    targets = torch.tensor([[1, 2, 1], [2, 1, 0]]) if kwargs.get("blank") == 3 else torch.tensor([[1, 2, 3], [3, 1, 0]])
    case("CTCLoss", (), kwargs, [logits, targets, torch.tensor([5, 4]), torch.tensor([3, 2])])
folder = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(__file__), "../../test/golden/modules")
os.makedirs(folder, exist_ok=True)
text = '{"group":"modules","torch":"%s","cases":[\n%s\n]}\n' % (
    torch.__version__,
    ",\n".join(json.dumps(entry, separators=(",", ":")) for entry in cases),
)
with open(os.path.join(folder, "modules.json.gz"), "wb") as file:
    file.write(gzip.compress(text.encode(), 9, mtime=0))
print(f"{len(cases)} cases, {len(text)} bytes")
