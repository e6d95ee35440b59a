"""Writes sparse.json: see README.md. Needs PyTorch 2.13."""

import json
import pathlib

import torch

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)

STEPS, ROWS, COLUMNS = 12, 6, 3
generator = torch.Generator().manual_seed(5)


def draw(*shape):
    values = torch.randn(shape, generator=generator)
    return torch.tensor([round(value, 3) for value in values.flatten().tolist()]).reshape(shape)


initial = draw(ROWS, COLUMNS)
# Row 5 is touched late, row 4 never, row 0 twice in one step.
touched = [[0, 1], [1], [2, 0, 0], [3], [], [1, 2], [0], [5, 3], [5], [2], [0, 5], [1]]
gradients = [draw(len(rows), COLUMNS) for rows in touched]

# SparseAdam adds ε before the bias correction of v, which makes no difference for a tiny ε.
OPTIMIZERS = [
    {
        "rule": {"name": "adam", "learningRate": 0.05, "beta1": 0.8, "beta2": 0.95, "epsilon": 1e-13},
        "make": lambda p: torch.optim.SparseAdam([p], lr=0.05, betas=(0.8, 0.95), eps=1e-13),
    },
    {
        "rule": {"name": "adagrad", "learningRate": 0.1, "initialAccumulator": 0.2, "learningRateDecay": 0.1},
        "make": lambda p: torch.optim.Adagrad([p], lr=0.1, lr_decay=0.1, initial_accumulator_value=0.2),
    },
]


def trajectory(make):
    parameter = torch.nn.Parameter(initial.clone())
    optimizer = make(parameter)
    points = []
    for rows, values in zip(touched, gradients):
        indices = torch.tensor([rows], dtype=torch.int64)
        parameter.grad = torch.sparse_coo_tensor(indices, values, (ROWS, COLUMNS))
        optimizer.step()
        points.append(parameter.detach().flatten().tolist())
    return points


golden = {
    "rows": ROWS,
    "columns": COLUMNS,
    "initial": initial.flatten().tolist(),
    "gradients": [{"rows": rows, "values": values.flatten().tolist()} for rows, values in zip(touched, gradients)],
    "trajectories": [{"rule": each["rule"], "points": trajectory(each["make"])} for each in OPTIMIZERS],
}
pathlib.Path(__file__).with_name("sparse.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")
