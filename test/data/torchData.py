"""What PyTorch's data tools draw: /usr/bin/python3 test/data/torchData.py > test/data/torchData.json  (PyTorch 1.13)

The transforms are torchvision's formulas, written out with torch."""
import json, math, sys
import torch
import torch.nn.functional as F
from torch.utils.data import (BatchSampler, DataLoader, DistributedSampler, RandomSampler, SubsetRandomSampler,
                              TensorDataset, WeightedRandomSampler, random_split)

out = {"torch": torch.__version__}
next3 = lambda g=None: torch.randint(0, 1000, (3,), generator=g).tolist()
epochs = lambda loader: [[b[0].tolist() for b in loader] for _ in range(2)]
seven = TensorDataset(torch.arange(7))

torch.manual_seed(0)
out["shuffle"] = {"epochs": epochs(DataLoader(seven, batch_size=3, shuffle=True)), "next": next3()}
g = torch.Generator().manual_seed(5)
out["shuffleGenerator"] = {"epochs": epochs(DataLoader(seven, batch_size=3, shuffle=True, generator=g)), "next": next3(g)}
g.manual_seed(5)
out["shuffleDropLast"] = {"epochs": epochs(DataLoader(seven, batch_size=3, shuffle=True, generator=g, drop_last=True)), "next": next3(g)}

torch.manual_seed(3)
weights = [0.1, 5, 0, 2, 1.5]
out["samplers"] = {
    "weighted": list(WeightedRandomSampler(weights, 12)),
    "weightedOnce": list(WeightedRandomSampler(weights, 4, replacement=False)),
    "replacement": list(RandomSampler(range(10), replacement=True, num_samples=40)),
    "rounds": list(RandomSampler(range(4), num_samples=10)),
    "subset": list(SubsetRandomSampler([5, 8, 2, 9])),
    "batches": list(BatchSampler(RandomSampler(range(5)), 2, drop_last=False)),
    "next": next3(),
}

torch.manual_seed(1)
rows = torch.tensor([[1.0, 2, 3, 4], [4, 0, 0, 1]])
out["multinomial"] = {
    "once": torch.multinomial(rows, 2).tolist(),
    "replacement": torch.multinomial(rows, 6, replacement=True).tolist(),
    "one": torch.multinomial(rows, 1).tolist(),
    "next": next3(),
}


def shares(n, replicas, **options):
    samplers = [DistributedSampler(range(n), num_replicas=replicas, rank=r, **options) for r in range(replicas)]
    for s in samplers:
        s.set_epoch(2)
    return [list(s) for s in samplers]


out["distributed"] = {
    "padded": shares(10, 4, seed=7),
    "dropped": shares(10, 4, seed=7, drop_last=True),
    "plain": shares(10, 4, shuffle=False),
    "short": shares(2, 5),
}

torch.manual_seed(42)
out["split"] = {
    "counts": [s.indices for s in random_split(range(10), [3, 7])],
    "shares": [s.indices for s in random_split(range(10), [0.45, 0.3, 0.25])],
}

# --- transforms: N images, one after the other ---------------------------------------------------------------------
images = torch.arange(3 * 2 * 5 * 6).reshape(3, 2, 5, 6).mul(7).remainder(256)
floats = images.float()
uniform = lambda low, high: torch.empty(1).uniform_(low, high).item()


def crop(x, size, padding):
    x = F.pad(x, [padding] * 4)
    H, W = x.shape[-2:]
    i = torch.randint(0, H - size[0] + 1, size=(1,)).item()
    j = torch.randint(0, W - size[1] + 1, size=(1,)).item()
    return x[..., i : i + size[0], j : j + size[1]]


def erase(x, p=0.7, scale=(0.02, 0.33), ratio=(0.3, 3.3)):
    if not torch.rand(1) < p:
        return x
    H, W = x.shape[-2:]
    log_ratio = torch.log(torch.tensor(ratio))
    for _ in range(10):
        area = H * W * uniform(scale[0], scale[1])
        aspect = torch.exp(torch.empty(1).uniform_(log_ratio[0], log_ratio[1])).item()
        h, w = int(round(math.sqrt(area * aspect))), int(round(math.sqrt(area / aspect)))
        if not (h < H and w < W):
            continue
        i = torch.randint(0, H - h + 1, size=(1,)).item()
        j = torch.randint(0, W - w + 1, size=(1,)).item()
        y = x.clone()
        y[..., i : i + h, j : j + w] = 9
        return y
    return x


def inverse_matrix(angle, translate, scale, shear):
    rot, sx, sy = math.radians(angle), math.radians(shear[0]), math.radians(shear[1])
    a = math.cos(rot - sy) / math.cos(sy)
    b = -math.cos(rot - sy) * math.tan(sx) / math.cos(sy) - math.sin(rot)
    c = math.sin(rot - sy) / math.cos(sy)
    d = -math.sin(rot - sy) * math.tan(sx) / math.cos(sy) + math.cos(rot)
    m = [x / scale for x in [d, -b, 0.0, -c, a, 0.0]]
    m[2] += m[0] * -translate[0] + m[1] * -translate[1]
    m[5] += m[3] * -translate[0] + m[4] * -translate[1]
    return m


def warp(x, matrix, mode, fill=0):
    h, w = x.shape[-2:]
    base = torch.empty(1, h, w, 3)
    base[..., 0].copy_(torch.linspace(-w * 0.5 + 0.5, w * 0.5 - 0.5, steps=w))
    base[..., 1].copy_(torch.linspace(-h * 0.5 + 0.5, h * 0.5 - 0.5, steps=h).unsqueeze(-1))
    base[..., 2].fill_(1)
    theta = torch.tensor(matrix).reshape(1, 2, 3)
    grid = base.view(1, h * w, 3).bmm(theta.transpose(1, 2) / torch.tensor([0.5 * w, 0.5 * h])).view(1, h, w, 2)
    mask = F.grid_sample(torch.ones(1, 1, h, w), grid, mode=mode, padding_mode="zeros", align_corners=False)
    y = F.grid_sample(x.unsqueeze(0), grid, mode=mode, padding_mode="zeros", align_corners=False)
    return (y + (1 - mask) * fill)[0]


def affine(x, mode):
    h, w = x.shape[-2:]
    angle = uniform(-30.0, 30.0)
    tx = int(round(uniform(-0.3 * w, 0.3 * w)))
    ty = int(round(uniform(-0.2 * h, 0.2 * h)))
    scale = uniform(0.7, 1.4)
    shear = [uniform(-10.0, 10.0), uniform(-5.0, 5.0)]
    return warp(x, inverse_matrix(angle, [tx, ty], scale, shear), mode, fill=3)


def each(change, x=floats, seed=11):
    torch.manual_seed(seed)
    result = torch.stack([change(image) for image in x])
    return {"out": result.double().flatten().tolist(), "shape": list(result.shape), "next": next3()}


class Drawing(torch.utils.data.Dataset):
    """Each sample is what its worker draws."""

    def __len__(self):
        return 6

    def __getitem__(self, i):
        return torch.rand(2)


torch.manual_seed(0)
loader = DataLoader(Drawing(), batch_size=2, num_workers=2)
out["workers"] = {"epochs": [[b.flatten().tolist() for b in loader] for _ in range(2)], "next": next3()}

flip = lambda dim: lambda x: x.flip(dim) if torch.rand(1) < 0.5 else x
out["transforms"] = {
    "randomCrop": each(lambda x: crop(x, (4, 5), 1)),
    "randomHorizontalFlip": each(flip(-1)),
    "randomVerticalFlip": each(flip(-2)),
    "randomErasing": each(erase),
    "randomAffine": each(lambda x: affine(x, "bilinear")),
    "randomAffineNearest": each(lambda x: affine(x, "nearest")),
    "randomRotation": each(lambda x: warp(x, inverse_matrix(-uniform(-45.0, 45.0), [0, 0], 1.0, [0, 0]), "nearest")),
    "resize": each(lambda x: F.interpolate(x[None], size=(7, int(7 * 6 / 5)), mode="bilinear", align_corners=False)[0]),
    "resizeBytes": each(lambda x: F.interpolate(x[None], size=(3, 4), mode="bilinear", align_corners=False)[0].round()),
    "normalize": each(lambda x: (x / 255 - torch.tensor([0.4, 0.5]).view(2, 1, 1)) / torch.tensor([0.2, 0.3]).view(2, 1, 1)),
}
json.dump(out, sys.stdout)
