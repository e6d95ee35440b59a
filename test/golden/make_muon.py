"""Writes muon.json: see README.md. Needs PyTorch 2.13."""

import json
import pathlib

import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)

STEPS = 4
ROWS = 24  # enough that gradients have no small singular values, which rounding to bfloat16 would hide
RATE = 0.05
ADJUSTMENTS = {"original": "original", "match_rms_adamw": "matchRmsAdamw"}  # names of PyTorch and of glissade
IMAGE = {"height": 4, "width": 4, "channels": 2}
# Networks in the library's form. Matrices have four times as many outputs as inputs, or a quarter.
NETWORKS = [
    {
        "inputs": 4,
        "layers": [
            {"kind": "dense", "outputs": 16, "activation": "tanh"},
            {"kind": "dense", "outputs": 4, "activation": "identity"},
        ],
    },
    {
        "inputs": IMAGE,
        "layers": [
            {"kind": "conv2d", "channels": 16, "kernel": [1, 2], "activation": "tanh"},
            {"kind": "globalPool", "pooling": "average"},
            {"kind": "dense", "outputs": 4, "activation": "identity"},
        ],
    },
]


def draw(*shape):
    values = torch.randn(shape, generator=generator)
    return torch.tensor([round(value, 2) for value in values.flatten().tolist()]).reshape(shape)


class Linear:
    """Weights in PyTorch's layout, [outputs, inputs], and biases."""

    def __init__(self, inputs, outputs):
        self.weight = torch.nn.Parameter(draw(outputs, inputs) / inputs**0.5)
        self.bias = torch.nn.Parameter(draw(outputs) / 10)


def build(network):
    shape = network["inputs"]
    width = shape["channels"] if isinstance(shape, dict) else shape
    for layer in network["layers"]:
        if layer["kind"] == "dense":
            yield Linear(width, layer["outputs"])
            width = layer["outputs"]
        elif layer["kind"] == "conv2d":
            height, across = layer["kernel"]
            yield Linear(height * across * width, layer["channels"])
            width = layer["channels"]
        else:
            yield None


def forward(network, linears, x):
    for layer, linear in zip(network["layers"], linears):
        if layer["kind"] == "dense":
            x = F.linear(x, linear.weight, linear.bias)
        elif layer["kind"] == "conv2d":
            # Columns of the weight are ordered by height, width and channel. Images are channels-last.
            kernel = linear.weight.reshape(layer["channels"], *layer["kernel"], -1).permute(0, 3, 1, 2)
            x = F.conv2d(x.permute(0, 3, 1, 2), kernel, linear.bias).permute(0, 2, 3, 1)
        else:
            x = x.mean((1, 2))
        if layer.get("activation") == "tanh":
            x = torch.tanh(x)
    return x


def flat(linears):
    """Parameters in the library's layout: weights [inputs, outputs], then biases, layer after layer."""
    parts = [part for linear in linears if linear for part in (linear.weight.T.flatten(), linear.bias)]
    return torch.cat(parts).tolist()


def train(network, adjustment):
    shape = network["inputs"]
    x = draw(ROWS, *(shape.values() if isinstance(shape, dict) else [shape]))
    y = draw(ROWS, 4)
    linears = list(build(network))
    initial = flat(linears)
    muon = torch.optim.Muon([linear.weight for linear in linears if linear], lr=RATE, adjust_lr_fn=adjustment)
    adamw = torch.optim.AdamW([linear.bias for linear in linears if linear], lr=RATE, weight_decay=0)
    expected = []
    for _ in range(STEPS):
        muon.zero_grad()
        adamw.zero_grad()
        F.mse_loss(forward(network, linears, x), y).backward()
        muon.step()
        adamw.step()
        expected.append(flat(linears))
    return {
        **network,
        "adjust": ADJUSTMENTS[adjustment],
        "learningRate": RATE,
        "x": x.flatten().tolist(),
        "y": y.flatten().tolist(),
        "initial": initial,
        "expected": expected,
    }


generator = torch.Generator().manual_seed(1)
cases = [train(network, adjustment) for network in NETWORKS for adjustment in ADJUSTMENTS]
path = pathlib.Path(__file__).parent / "muon.json"
path.write_text(json.dumps(cases, separators=(",", ":")) + "\n")
