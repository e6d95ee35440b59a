# Prints the median time of a training step in µs. Arguments: layers, batch size, threads, fused|plain|compile, precision.
# With compile, the network and its loss are compiled, which is not measured, and Adam is the fused one.
import sys, time
import torch
from torch import nn

sizes, batch, threads = [int(n) for n in sys.argv[1].split("-")], int(sys.argv[2]), int(sys.argv[3])
kind, precision = sys.argv[4:]
torch.set_num_threads(threads)
rows = 64 * 128
x = torch.arange(rows * sizes[0], dtype=torch.float32).sin().square().reshape(rows, sizes[0])
y = torch.arange(rows) % sizes[-1]
layers = []
for i, (a, b) in enumerate(zip(sizes, sizes[1:])):
    layers += [nn.Linear(a, b)] + ([nn.ReLU()] if i < len(sizes) - 2 else [])
model, cross_entropy = nn.Sequential(*layers), nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), fused=kind != "plain")


def loss(x, y):
    with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bfloat16"):
        return cross_entropy(model(x), y)


if kind == "compile":
    loss = torch.compile(loss)


def epoch():
    order = torch.randperm(rows)
    for i in range(0, rows, batch):
        rows_of_batch = order[i : i + batch]
        optimizer.zero_grad(set_to_none=True)
        loss(x.index_select(0, rows_of_batch), y.index_select(0, rows_of_batch)).backward()
        optimizer.step()


start = time.perf_counter()
while time.perf_counter() - start < 0.4:
    epoch()
times = []
while len(times) < 3 or sum(times) < 1.5:
    begin = time.perf_counter()
    epoch()
    times.append(time.perf_counter() - begin)
print(sorted(times)[len(times) // 2] * 1e6 / (rows / batch))
