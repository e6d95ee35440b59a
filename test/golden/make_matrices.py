"""Writes matrices.json: see README.md. Needs PyTorch 2.13."""

import json
import pathlib

import torch

STEPS = 4
SHAPES = {
    "Adafactor": [[7, 3], [3, 8], [4, 4], [1, 5], [6], [2, 3, 4]],
    "Muon": [[7, 3], [3, 8], [5, 5], [1, 6], [6, 1]],
}
CASES = [
    ("Adafactor", {}),
    ("Adafactor", {"lr": 0.3, "weight_decay": 0.1}),
    ("Adafactor", {"lr": 0.05, "d": 1.2, "beta2_decay": -0.5}),
    ("Adafactor", {"lr": 0.6, "eps": [0.3, 0.5]}),
    ("Muon", {}),
    ("Muon", {"lr": 0.1, "weight_decay": 0.3, "momentum": 0.5}),
    ("Muon", {"lr": 0.1, "nesterov": False, "adjust_lr_fn": "original", "weight_decay": 0.0}),
    ("Muon", {"lr": 0.1, "adjust_lr_fn": "match_rms_adamw", "momentum": 0.8, "ns_steps": 3}),
    ("Muon", {"lr": 0.1, "adjust_lr_fn": "match_rms_adamw", "nesterov": False, "weight_decay": 0.2}),
]


def draw(shapes, generator):
    """Normal numbers over three decades, a tenth of them 0, rounded to four digits."""
    for shape in shapes:
        size = 10 ** (3 * torch.rand(shape, generator=generator, dtype=torch.float64) - 2)
        values = torch.randn(shape, generator=generator, dtype=torch.float64) * size
        values *= torch.rand(shape, generator=generator, dtype=torch.float64) > 0.1
        yield [float(f"{value:.4g}") for value in values.flatten().tolist()]


def lead(name, options, dtype, initial, gradients):
    torch.set_default_dtype(dtype)
    theta = [torch.tensor(values, dtype=dtype).reshape(shape) for values, shape in zip(initial, SHAPES[name])]
    parameters = [torch.nn.Parameter(values) for values in theta]
    if "eps" in options:
        options = {**options, "eps": tuple(options["eps"])}
    optimizer = getattr(torch.optim, name)(parameters, **options)
    digits = 17 if dtype == torch.float64 else 9
    for step in gradients:
        for parameter, values in zip(parameters, step):
            parameter.grad = torch.tensor(values, dtype=dtype).reshape(parameter.shape)
        optimizer.step()
        yield [[float(f"{x:.{digits}g}") for x in p.detach().flatten().tolist()] for p in parameters]


generator = torch.Generator().manual_seed(1)
courses = {
    name: {
        "shapes": shapes,
        "initial": list(draw(shapes, generator)),
        "gradients": [list(draw(shapes, generator)) for _ in range(STEPS)],
    }
    for name, shapes in SHAPES.items()
}
cases = [
    {
        "torch": name,
        "options": options,
        "dtype": str(dtype).removeprefix("torch."),
        "expected": list(lead(name, options, dtype, courses[name]["initial"], courses[name]["gradients"])),
    }
    for name, options in CASES
    for dtype in (torch.float64, torch.float32)
]
path = pathlib.Path(__file__).parent / "matrices.json"
path.write_text(json.dumps({"courses": courses, "cases": cases}, separators=(",", ":")) + "\n")
