"""Writes state_dicts.json: see README.md. Needs PyTorch 2.13."""

import base64
import json
import pathlib
import struct

import torch
from torch import nn

TYPES = {torch.float32: "F32", torch.float64: "F64", torch.float16: "F16", torch.bfloat16: "BF16", torch.int64: "I64"}


def to_safetensors(state):
    """Like safetensors.torch.save: wider types first, then by name."""
    order = sorted(state, key=lambda name: (-state[name].element_size(), name))
    header, body = {"__metadata__": {"format": "pt"}}, b""
    for name in order:
        tensor = state[name].contiguous()
        data = bytes(tensor.view(torch.uint8).flatten().tolist()) if tensor.dim() else struct.pack("<q", tensor.item())
        offsets = [len(body), len(body) + len(data)]
        header[name] = {"dtype": TYPES[tensor.dtype], "shape": list(tensor.shape), "data_offsets": offsets}
        body += data
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + body


def images_last(x):
    """[batch, channels, height, width] as the library's rows."""
    return x.permute(0, 2, 3, 1).flatten(1)


class Seeing(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(2, 4, 3, padding=1)
        self.bn1 = nn.BatchNorm2d(4)
        self.conv2 = nn.Conv2d(4, 3, (2, 3), stride=(1, 2), bias=False)
        self.bn2 = nn.BatchNorm1d(3 * 4 * 2)
        self.fc1 = nn.Linear(3 * 4 * 2, 5)
        self.fc2 = nn.Linear(5, 3)

    def forward(self, x):
        x = torch.relu(self.bn1(self.conv1(x)))
        x = torch.tanh(self.conv2(x))
        x = self.bn2(torch.flatten(x, 1))
        return self.fc2(torch.relu(self.fc1(x)))


SEEING = {
    "inputs": {"height": 5, "width": 6, "channels": 2},
    "layers": [
        {"kind": "conv2d", "channels": 4, "padding": 1},
        {"kind": "batchNorm", "activation": "relu"},
        {"kind": "conv2d", "channels": 3, "kernel": [2, 3], "stride": [1, 2], "activation": "tanh", "bias": False},
        {"kind": "flatten"},
        {"kind": "batchNorm"},
        {"kind": "dense", "outputs": 5, "activation": "relu"},
        {"kind": "dense", "outputs": 3},
    ],
}
SEEING_MAP = {"layers.0": "conv1", "layers.1": "bn1", "layers.2": "conv2", "layers.4": "bn2", "layers.5": "fc1", "layers.6": "fc2"}

PLAIN = {
    "inputs": 4,
    "layers": [
        {"kind": "dense", "outputs": 6, "activation": "relu"},
        {"kind": "layerNorm"},
        {"kind": "dense", "outputs": 6, "activation": "relu"},
        {"kind": "dropout", "rate": 0.5},
        {"kind": "dense", "outputs": 2},
    ],
}


def plain():
    parts = [nn.Linear(4, 6), nn.ReLU(), nn.LayerNorm(6), nn.Linear(6, 6), nn.ReLU(), nn.Dropout(0.5), nn.Linear(6, 2)]
    return nn.Sequential(*parts)


PLAIN_MAP = {"layers.0": "0", "layers.1": "2", "layers.2": "3", "layers.4": "6"}


class Sides(nn.Module):
    """A flattened image beside numbers of its mean, and a vector for a sum."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 2, 2)
        self.norm = nn.LayerNorm(2 * 2 * 3 + 2)
        self.out = nn.Linear(2 * 2 * 3 + 2, 2)

    def forward(self, x):
        seen = self.conv(x)
        return self.out(self.norm(torch.cat([torch.flatten(seen, 1), seen.mean((2, 3))], 1)))


SIDES = {
    "inputs": {"height": 3, "width": 4, "channels": 3},
    "layers": [
        {"kind": "conv2d", "channels": 2, "kernel": 2},
        {"kind": "parallel", "branches": [[{"kind": "flatten"}], [{"kind": "globalPool"}]]},
        {"kind": "layerNorm"},
        {"kind": "dense", "outputs": 2},
    ],
}
SIDES_MAP = {"layers.0": "conv", "layers.2": "norm", "layers.3": "out"}


def case(name, module, description, mapping, x, dtype):
    generator = torch.Generator().manual_seed(5)
    module.to(torch.float64)
    for key, tensor in module.state_dict().items():
        if tensor.dtype == torch.float64:
            drawn = torch.randn(tensor.shape, generator=generator, dtype=torch.float64) * 0.4
            tensor.copy_(drawn.abs() + 0.5 if key.endswith("running_var") else drawn)
    module.to(dtype)
    state = {key: tensor.clone() for key, tensor in module.state_dict().items()}
    with torch.no_grad():
        outputs = module.eval().to(torch.float64)(x)
    return {
        "name": name,
        **description,
        "map": mapping,
        "file": base64.b64encode(to_safetensors(state)).decode(),
        "x": (images_last(x) if x.dim() == 4 else x).flatten().tolist(),
        "outputs": outputs.flatten().tolist(),
    }


def main():
    torch.manual_seed(3)
    image, other, row = (torch.randn(shape).round(decimals=2).double() for shape in [(2, 2, 5, 6), (2, 3, 3, 4), (3, 4)])
    cases = [
        case("a convolutional network", Seeing(), SEEING, SEEING_MAP, image, torch.float32),
        case("a convolutional network in float64", Seeing(), SEEING, SEEING_MAP, image, torch.float64),
        case("a sequence", plain(), PLAIN, PLAIN_MAP, row, torch.float32),
        case("a sequence in float16", plain(), PLAIN, PLAIN_MAP, row, torch.float16),
        case("a sequence in bfloat16", plain(), PLAIN, PLAIN_MAP, row, torch.bfloat16),
        case("a flattened image beside its means", Sides(), SIDES, SIDES_MAP, other, torch.float32),
    ]
    path = pathlib.Path(__file__).with_name("state_dicts.json")
    path.write_text(json.dumps(cases) + "\n")


if __name__ == "__main__":
    main()
